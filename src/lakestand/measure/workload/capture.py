"""Events a second from databases into Kafka, by one connector each: of rows that are there, and of rows that come."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from confluent_kafka import Consumer, TopicPartition

from lakestand import probe
from lakestand.demo.data import SAMPLES, Sample
from lakestand.errors import PipelineError
from lakestand.lake.table import Partition
from lakestand.pipeline.reader import consumer_options
from lakestand.pipeline.topics import offset_bounds
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.databases import open_database
from lakestand.sources.presets import MAKERS
from lakestand.sources.registration import register, remove

# Alone, and together.
DATABASES: tuple[tuple[DatabaseName, ...], ...] = (("postgres",), ("mysql",), ("postgres", "mysql"))
MODES = ("snapshot", "stream")
COMMIT = 10_000  # rows of one transaction
SECONDS = 1200.0
FLIGHTS: Mapping[str, Sample] = {
    "postgres": SAMPLES[0],
    "mysql": replace(SAMPLES[0], database="mysql", columns=SAMPLES[0].columns.replace("timestamptz", "datetime(6)")),
}


@dataclass(frozen=True)
class MeasuredTable:
    """A table, another one that holds the rows that it is to get, and the connector that is to capture the first."""

    settings: Settings
    config: DebeziumConnectorConfig
    table: str
    rows: str

    @property
    def topic(self) -> str:
        """Where its changes go."""
        return f"{self.config.topic_prefix}.{self.table}"

    def fill(self, events: int) -> float:
        """So many rows, a transaction for every COMMIT of them; rows a second.

        Inside of the database: a client that sends rows would be slower than the connector, and be what is measured.
        """
        database, began = open_database(self.settings, self.config.database), time.monotonic()
        for start in range(1, events + 1, COMMIT):
            part = f"WHERE id BETWEEN {start} AND {start + COMMIT - 1}"
            database.execute(f"INSERT INTO {self.table} SELECT * FROM {self.rows} {part}")  # noqa: S608  its own names
        return events / (time.monotonic() - began)

    def register(self) -> None:
        """Until it streams."""
        register(self.settings, self.config)


def describe(databases: Sequence[DatabaseName], mode: str) -> str:
    """What is measured, as a reader calls it."""
    return f"{' and '.join(databases)} → Kafka, {mode}"


def measure(settings: Settings, databases: Sequence[DatabaseName], mode: str, events: int) -> dict[str, Any]:
    """*events* in all, in equal parts by so many connectors.

    The rate is that between the first record and the last one in Kafka: the connectors' start is not in it. *seconds*
    is all that passed, from the registration (snapshot) or the first commit (stream) on.
    """
    each = events // len(databases)
    with ExitStack() as held, ThreadPoolExecutor(len(databases)) as pool:
        captured = [held.enter_context(_captured(settings, database, each)) for database in databases]
        if mode == "stream":
            list(pool.map(MeasuredTable.register, captured))
        began = time.time()
        filling = [pool.submit(one.fill, each) for one in captured]
        if mode == "snapshot":
            wait(filling)
            began = time.time()
            list(pool.map(MeasuredTable.register, captured))
        first, last = _times(settings, [one.topic for one in captured], each)
        written = sum(work.result() for work in filling)
    return {
        "what": describe(databases, mode),
        "connectors": len(databases),
        "events": each * len(databases),
        "events/s": round(each * len(databases) / max(last - first, 0.001)),
        "seconds": round(last - began, 2),
        "written/s": round(written),
    }


def flights(database: DatabaseName, events: int) -> Iterator[pa.Table]:
    """All flights, over and over, each with an id of its own."""
    rows = FLIGHTS[database].rows(min(events, 300_000))
    for start in range(0, events, COMMIT):
        part = rows.slice(start % rows.num_rows, min(COMMIT, events - start))
        yield part.set_column(0, "id", pa.array(range(start + 1, start + 1 + part.num_rows), pa.int64()))


@contextmanager
def _captured(settings: Settings, database: DatabaseName, events: int) -> Iterator[MeasuredTable]:
    name, held = f"measure_{uuid.uuid4().hex[:8]}", open_database(settings, database)
    schema = held.schema
    found = MeasuredTable(
        settings,
        MAKERS[database](settings, [f"{schema}.{name}"], name=name),
        f"{schema}.{name}",
        f"{schema}.{name}_rows",
    )
    for table in (found.table, found.rows):
        held.execute(replace(FLIGHTS[database], name=table.partition(".")[2]).ddl(schema))
    try:
        for rows in flights(database, events):
            held.load(found.rows, rows)
        yield found
    finally:
        remove(settings, found.config)
        for table in (found.table, found.rows):
            held.execute(f"DROP TABLE {table}")


def _times(settings: Settings, topics: Sequence[str], events: int) -> tuple[float, float]:
    """When the first and when the last of *events* records of each topic were written, in seconds of the clock.

    Read when they are all there: nobody else works while the connectors do.
    """
    consumer = Consumer(consumer_options(settings.bootstrap_servers))
    try:
        for topic in topics:
            probe.until(lambda t=topic: _end(consumer, t) >= events, SECONDS, f"{events:,} events in {topic}")  # type: ignore[misc]
        found = [_span(consumer, topic, events) for topic in topics]
    finally:
        consumer.close()
    return min(first for first, _ in found) / 1000, max(last for _, last in found) / 1000


def _end(consumer: Consumer, topic: str) -> int:
    if topic not in consumer.list_topics(timeout=10).topics:
        return 0
    return offset_bounds(consumer, Partition(topic, 0))[1]


def _span(consumer: Consumer, topic: str, events: int) -> tuple[int, int]:
    """Transaction marks take offsets too, so only reading counts records."""
    consumer.assign([TopicPartition(topic, 0, 0)])
    count, first, last, deadline = 0, 0, 0, time.monotonic() + SECONDS
    while count < events and time.monotonic() < deadline:
        messages = consumer.consume(1_000, 1.0)
        times = [m.timestamp()[1] for m in messages if not m.error()]
        count += len(times)
        first, last = first or (times[0] if times else 0), times[-1] if times else last
    if count != events:
        raise PipelineError(f"{topic} has {count:,} records, {events:,} rows were written: invoke connectors.status")
    return first, last
