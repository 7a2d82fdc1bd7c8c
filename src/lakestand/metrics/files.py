"""The pipelines' files as one: their numbers with the label `pipeline`, and which of them live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

# What died longer ago is history, and its file is removed.
FORGOTTEN_SECONDS = 24 * 3600


def pipelines(folder: Path) -> Iterator[Metric]:
    """All numbers of all pipelines, `lakestand_pipeline_up` (0: ended without a word) and the age of their files."""
    up = GaugeMetricFamily("lakestand_pipeline_up", "1: its process lives", labels=["pipeline"])
    age = GaugeMetricFamily("lakestand_pipeline_silent_seconds", "since it last told of itself", labels=["pipeline"])
    families: dict[str, Metric] = {}
    for file in sorted(folder.glob("*.prom")):
        found = _read(file)
        if found is None:
            continue
        text, silent = found
        up.add_metric([file.stem], float(_lives(int(file.stem))))
        age.add_metric([file.stem], silent)
        for family in text_string_to_metric_families(text):
            kept = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                kept.add_sample(sample.name, sample.labels | {"pipeline": file.stem}, sample.value)
    yield from (up, age, *families.values())


def _read(file: Path) -> tuple[str, float] | None:
    """Text and age in seconds; None when it is gone meanwhile, is no pipeline's, or is history."""
    try:
        text, silent = file.read_text(), time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return None
    if not file.stem.isdigit():
        return None
    if silent > FORGOTTEN_SECONDS and not _lives(int(file.stem)):
        file.unlink(missing_ok=True)
        return None
    return text, silent


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
