"""What a pipeline says of itself, in a file that is written anew every second and gone when it ends as it should."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, write_to_textfile

from lakestand.pipeline.run import Pipeline
from lakestand.pipeline.target import Committed
from lakestand.settings import Settings

PREFIX = "lakestand_pipeline"
EVERY_SECONDS = 1.0
TABLE = ("sink", "table")


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
        self.dead = Gauge(f"{PREFIX}_dead_letters", "records that could not be decoded", registry=self.registry)

    def committed(self, commit: Committed) -> None:
        """One commit."""
        lane = (commit.sink, commit.table)
        self.events.labels(*lane).inc(commit.events)
        self.commits.labels(*lane).inc()
        self.seconds.labels(*lane).inc(commit.seconds)

    def look(self, pipeline: Pipeline) -> None:
        """How far *pipeline* is now."""
        self.dead.set(pipeline.dead)
        for target, seconds in pipeline.lags():
            self.lag.labels(target.topic, target.sink.name, target.name).set(seconds)


def folder(settings: Settings) -> Path:
    """Where pipelines of this stand write: a file a process, by its id."""
    return settings.home / "metrics"


@contextmanager
def told(settings: Settings, pipeline: Pipeline) -> Iterator[None]:
    """Tell of *pipeline* for the length of a block. After a crash the file stays: the exporter says that it died."""
    progress, ended = Progress(), threading.Event()
    before, file = pipeline.on_commit, folder(settings) / f"{os.getpid()}.prom"
    file.parent.mkdir(parents=True, exist_ok=True)
    pipeline.on_commit = _both(progress.committed, before)

    def write() -> None:
        while not ended.wait(EVERY_SECONDS):
            progress.look(pipeline)
            write_to_textfile(str(file), progress.registry)

    thread = threading.Thread(target=write, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        pipeline.on_commit = before
        file.unlink(missing_ok=True)


def _both(first: Callable[[Committed], None], second: Callable[[Committed], None]) -> Callable[[Committed], None]:
    def call(commit: Committed) -> None:
        first(commit)
        second(commit)

    return call
