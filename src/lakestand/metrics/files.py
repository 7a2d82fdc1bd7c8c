"""The pipelines' files as one: their numbers with the label `pipeline`, and which of them live.

A pipeline holds a lock as long as it lives: its process id would mean nothing to an exporter in a container.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from lakestand.settings import Settings

# What died longer ago is history, and its file is removed.
FORGOTTEN_SECONDS = 24 * 3600


def folder(settings: Settings) -> Path:
    """Where pipelines of this stand write: a file a process, by its id."""
    return settings.home / "metrics"


@contextmanager
def alive(file: Path) -> Iterator[None]:
    """Hold the lock beside *file*, and leave neither behind. The kernel lets it go when the process dies."""
    lock = _lock(file)
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield
    finally:
        forget(file)
        os.close(held)


def forget(file: Path) -> None:
    """Remove what a pipeline left."""
    for each in (file, _lock(file)):
        each.unlink(missing_ok=True)


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
        up.add_metric([file.stem], float(_lives(file)))
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
    if silent > FORGOTTEN_SECONDS and not _lives(file):
        forget(file)
        return None
    return text, silent


def _lives(file: Path) -> bool:
    try:
        lock = os.open(_lock(file), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _lock(file: Path) -> Path:
    return file.with_suffix(".lock")
