"""The collector of all metrics: every scrape collects each part on its own, so that a failing one spoils no other."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lakestand.errors import LakestandError
from lakestand.metrics import files
from lakestand.metrics.parts import PARTS, Part
from lakestand.settings import Settings
from lakestand.stand import checkout
from lakestand.stand.services import declare

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StandCollector(Collector):
    """Collects the metrics of the stand that *settings* describe."""

    settings: Settings

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of all parts and pipelines, and which parts could be collected, in how many seconds."""
        ok = GaugeMetricFamily("lakestand_scrape_ok", "1: this part of the exporter was answered", labels=["part"])
        seconds = GaugeMetricFamily("lakestand_scrape_seconds", "that this part took", labels=["part"])
        for part in self._parts():
            began = time.monotonic()
            metrics = _collect_part(self.settings, part)
            ok.add_metric([part.__name__], float(metrics is not None))
            seconds.add_metric([part.__name__], time.monotonic() - began)
            yield from metrics or ()
        yield from (ok, seconds)
        yield from files.pipelines(files.folder(self.settings))

    def _parts(self) -> list[Part]:
        observer, services = checkout.observer(self.settings), declare(self.settings)
        return [part for name, part in PARTS.items() if not name or observer.running(services[name])]


def _collect_part(settings: Settings, part: Part) -> list[Metric] | None:
    try:
        return list(part(settings))
    except LakestandError as err:
        logger.warning("%s: %s", part.__name__, err, extra={"part": part.__name__})
        return None
