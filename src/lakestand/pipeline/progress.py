"""The metrics of a running pipeline, in a file that is written every second and removed when it ends as it should.

`lakestand.metrics` serves these files to Prometheus.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, write_to_textfile

from lakestand.metrics import files
from lakestand.pipeline.incidents import Incidents
from lakestand.pipeline.reports import Commit, TableLag
from lakestand.settings import Settings

PREFIX = "lakestand_pipeline"
WRITE_SECONDS = 1.0
SHARE = 20  # the metrics take a twentieth of the time at most
TABLE = ("sink", "table")


class RunningPipeline(Protocol):
    """What the metrics need of a pipeline; both engines' have it."""

    incidents: Incidents

    def lags(self) -> list[TableLag]:
        """How far each of its tables is behind."""
        ...


class Progress:
    """The metrics of one pipeline, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(f"{PREFIX}_events", "committed", TABLE, registry=self.registry)
        self.commits = Counter(f"{PREFIX}_commits", "to tables", TABLE, registry=self.registry)
        self.seconds = Counter(f"{PREFIX}_commit_seconds", "spent committing", TABLE, registry=self.registry)
        self.lag = Gauge(
            f"{PREFIX}_lag_seconds",
            "since the oldest event that a table lacks came to Kafka; 0: it lacks none that was read",
            ("topic", *TABLE),
            registry=self.registry,
        )
        self.halted = Gauge(
            f"{PREFIX}_halted",
            "1: the table cannot follow its source's schema and stands still",
            ("topic", *TABLE),
            registry=self.registry,
        )
        self.stand_ins = Gauge(
            f"{PREFIX}_stand_ins",
            "values that were read and that no table can hold",
            ("topic", "column", "reason"),
            registry=self.registry,
        )
        self.dead = Gauge(f"{PREFIX}_dead_letters", "records that could not be decoded", registry=self.registry)

    def count_commit(self, commit: Commit) -> None:
        """Add *commit* to the counters."""
        labels = (commit.sink, commit.table)
        self.events.labels(*labels).inc(commit.events)
        self.commits.labels(*labels).inc()
        self.seconds.labels(*labels).inc(commit.seconds)

    def observe(self, pipeline: RunningPipeline) -> None:
        """Set the gauges to how far *pipeline* is now."""
        self.dead.set(pipeline.incidents.dead_letters.total())
        for place, count in list(pipeline.incidents.stand_ins.items()):  # another thread counts
            self.stand_ins.labels(*place).set(count)
        for lag in pipeline.lags():
            labels = (lag.topic, lag.sink, lag.table)
            self.lag.labels(*labels).set(lag.seconds)
            self.halted.labels(*labels).set(lag.is_halted)


@contextmanager
def publish_metrics(settings: Settings, pipeline: RunningPipeline, progress: Progress) -> Iterator[None]:
    """Write the metrics of *pipeline* for the length of a block.

    After a crash the file stays, and the exporter reports that the pipeline died.
    """
    ended, file = threading.Event(), files.folder(settings) / f"{os.getpid()}.prom"
    file.parent.mkdir(parents=True, exist_ok=True)

    def write() -> None:
        pause = WRITE_SECONDS
        while not ended.wait(pause):
            began = time.monotonic()
            progress.observe(pipeline)
            write_to_textfile(str(file), progress.registry)
            # Of thousands of tables it takes a while.
            pause = max(WRITE_SECONDS, SHARE * (time.monotonic() - began))

    thread = threading.Thread(target=write, name="metrics", daemon=True)
    thread.start()
    with files.alive(file):
        try:
            yield
        finally:
            ended.set()
            thread.join()
