"""The exporter: all parts at every scrape, each for itself, so that one that fails takes no other with it."""

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
    """The metrics of the stand that *settings* describe."""

    settings: Settings

    def collect(self) -> Iterator[Metric]:
        """Everything, and which part could be asked."""
        ok = GaugeMetricFamily("lakestand_scrape_ok", "1: this part of the exporter was answered", labels=["part"])
        seconds = GaugeMetricFamily("lakestand_scrape_seconds", "that this part took", labels=["part"])
        for part in self._wanted():
            began = time.monotonic()
            found = _collect_part(self.settings, part)
            ok.add_metric([part.__name__], float(found is not None))
            seconds.add_metric([part.__name__], time.monotonic() - began)
            yield from found or ()
        yield from (ok, seconds)
        yield from files.pipelines(files.folder(self.settings))

    def _wanted(self) -> list[Part]:
        observer, services = checkout.observer(self.settings), declare(self.settings)
        return [part for name, part in PARTS.items() if not name or observer.running(services[name])]


def _collect_part(settings: Settings, part: Part) -> list[Metric] | None:
    try:
        return list(part(settings))
    except LakestandError as err:
        logger.warning("%s: %s", part.__name__, err, extra={"part": part.__name__})
        return None
