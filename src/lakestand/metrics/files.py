"""The metrics files of all pipelines as one, with a label `pipeline`, and which of the pipelines are alive.

A pipeline holds a lock as long as it lives, for its process id would mean nothing to an exporter in a container.
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

# The file of a pipeline that has been dead for longer is removed.
FORGOTTEN_SECONDS = 24 * 3600


def folder(settings: Settings) -> Path:
    """Return the folder in which each pipeline of this stand writes a file, named after its process id."""
    return settings.home / "metrics"


@contextmanager
def alive(file: Path) -> Iterator[None]:
    """Hold the lock beside *file*, and remove both at the end; the kernel releases it when the process dies."""
    lock = _lock(file)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        forget(file)
        os.close(descriptor)


def forget(file: Path) -> None:
    """Remove the file of a pipeline and the lock beside it."""
    for path in (file, _lock(file)):
        path.unlink(missing_ok=True)


def pipelines(folder: Path) -> Iterator[Metric]:
    """Yield the metrics of all pipelines, `lakestand_pipeline_up` (0: it died) and the age of their files."""
    up = GaugeMetricFamily("lakestand_pipeline_up", "1: its process lives", labels=["pipeline"])
    age = GaugeMetricFamily("lakestand_pipeline_silent_seconds", "since it last wrote its metrics", labels=["pipeline"])
    families: dict[str, Metric] = {}
    for file in sorted(folder.glob("*.prom")):
        content = _read(file)
        if content is None:
            continue
        text, silent = content
        up.add_metric([file.stem], float(_lives(file)))
        age.add_metric([file.stem], silent)
        for family in text_string_to_metric_families(text):
            kept = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                kept.add_sample(sample.name, sample.labels | {"pipeline": file.stem}, sample.value)
    yield from (up, age, *families.values())


def _read(file: Path) -> tuple[str, float] | None:
    """Return text and age in seconds; None when the file is gone meanwhile, is no pipeline's, or is too old."""
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
