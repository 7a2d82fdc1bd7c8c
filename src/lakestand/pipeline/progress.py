"""What a pipeline says of itself, in a file that is written anew every second and gone when it ends as it should."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, write_to_textfile

from lakestand.metrics import files
from lakestand.pipeline.incidents import Incidents
from lakestand.pipeline.reports import Commit, TableLag
from lakestand.settings import Settings

PREFIX = "lakestand_pipeline"
EVERY_SECONDS = 1.0
TABLE = ("sink", "table")


class RunningPipeline(Protocol):
    """A pipeline, on either engine."""

    incidents: Incidents

    def lags(self) -> list[TableLag]:
        """How far its tables are behind."""
        ...


class Progress:
    """The numbers of one pipeline."""

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
        self.is_halted = Gauge(
            f"{PREFIX}_halted",
            "1: the table cannot follow its source's schema and stands still",
            ("topic", *TABLE),
            registry=self.registry,
        )
        self.dead = Gauge(f"{PREFIX}_dead_letters", "records that could not be decoded", registry=self.registry)

    def count_commit(self, commit: Commit) -> None:
        """One commit."""
        lane = (commit.sink, commit.table)
        self.events.labels(*lane).inc(commit.events)
        self.commits.labels(*lane).inc()
        self.seconds.labels(*lane).inc(commit.seconds)

    def observe(self, pipeline: RunningPipeline) -> None:
        """How far *pipeline* is now."""
        self.dead.set(pipeline.incidents.dead_letters)
        for each in pipeline.lags():
            labels = (each.topic, each.sink, each.table)
            self.lag.labels(*labels).set(each.seconds)
            self.is_halted.labels(*labels).set(each.is_halted)


@contextmanager
def publish_metrics(settings: Settings, pipeline: RunningPipeline, progress: Progress) -> Iterator[None]:
    """Tell of *pipeline* for the length of a block. After a crash the file stays: the exporter says that it died."""
    ended, file = threading.Event(), files.folder(settings) / f"{os.getpid()}.prom"
    file.parent.mkdir(parents=True, exist_ok=True)

    def write() -> None:
        while not ended.wait(EVERY_SECONDS):
            progress.observe(pipeline)
            write_to_textfile(str(file), progress.registry)

    thread = threading.Thread(target=write, name="metrics", daemon=True)
    thread.start()
    with files.alive(file):
        try:
            yield
        finally:
            ended.set()
            thread.join()
