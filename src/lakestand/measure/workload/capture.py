"""How many events a second connectors bring into Kafka, one a database: of a snapshot, and of a stream of changes."""

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
from lakestand.errors import MeasurementFailed
from lakestand.lake.table import Partition
from lakestand.pipeline.reader import consumer_options
from lakestand.pipeline.topics import offset_bounds
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.databases import open_database
from lakestand.sources.presets import MAKERS
from lakestand.sources.registration import register, remove

# Each alone, and both together.
DATABASES: tuple[tuple[DatabaseName, ...], ...] = (("postgres",), ("mysql",), ("postgres", "mysql"))
MODES = ("snapshot", "stream")
COMMIT = 10_000  # rows a transaction
SECONDS = 1200.0
FLIGHTS: Mapping[str, Sample] = {
    "postgres": SAMPLES[0],
    "mysql": replace(SAMPLES[0], database="mysql", columns=SAMPLES[0].columns.replace("timestamptz", "datetime(6)")),
}


@dataclass(frozen=True, kw_only=True)
class MeasuredTable:
    """An empty *table*, another one called *rows* that holds what it will get, and the connector that captures it."""

    settings: Settings
    config: DebeziumConnectorConfig
    table: str
    rows: str

    @property
    def topic(self) -> str:
        """The topic of its changes."""
        return f"{self.config.topic_prefix}.{self.table}"

    def fill(self, events: int) -> float:
        """Insert *events* rows, COMMIT of them a transaction, and return how many a second.

        They are copied inside of the database: a client that sends rows would be slower than the connector, and it
        would be the client that is measured.
        """
        database, began = open_database(self.settings, self.config.database), time.monotonic()
        for start in range(1, events + 1, COMMIT):
            part = f"WHERE id BETWEEN {start} AND {start + COMMIT - 1}"
            database.execute(f"INSERT INTO {self.table} SELECT * FROM {self.rows} {part}")  # noqa: S608  its own names
        return events / (time.monotonic() - began)

    def register(self) -> None:
        """Register the connector, and wait until it streams."""
        register(self.settings, self.config)


def describe(databases: Sequence[DatabaseName], mode: str) -> str:
    """Return what is measured, in a reader's words: "postgres and mysql → Kafka, stream"."""
    return f"{' and '.join(databases)} → Kafka, {mode}"


def measure(settings: Settings, databases: Sequence[DatabaseName], mode: str, events: int) -> dict[str, Any]:
    """Return a row with the rate at which one connector a database brings *events* changes, shared equally, into Kafka.

    `events/s` counts from the first record in Kafka to the last, without the connectors' start. `seconds` counts from
    the registration (snapshot) or the first commit (stream).
    """
    share = events // len(databases)
    with ExitStack() as stack, ThreadPoolExecutor(len(databases)) as pool:
        tables = [stack.enter_context(_measured_table(settings, database, share)) for database in databases]
        if mode == "stream":
            list(pool.map(MeasuredTable.register, tables))
        began = time.time()
        filling = [pool.submit(table.fill, share) for table in tables]
        if mode == "snapshot":
            wait(filling)
            began = time.time()
            list(pool.map(MeasuredTable.register, tables))
        first, last = _times(settings, [table.topic for table in tables], share)
        written = sum(future.result() for future in filling)
    return {
        "what": describe(databases, mode),
        "connectors": len(databases),
        "events": share * len(databases),
        "events/s": round(share * len(databases) / max(last - first, 0.001)),
        "seconds": round(last - began, 2),
        "written/s": round(written),
    }


def flights(database: DatabaseName, events: int) -> Iterator[pa.Table]:
    """Yield *events* flights in tables of COMMIT rows, the same ones over and over, each with an id of its own."""
    rows = FLIGHTS[database].rows(min(events, 300_000))
    for start in range(0, events, COMMIT):
        part = rows.slice(start % rows.num_rows, min(COMMIT, events - start))
        yield part.set_column(0, "id", pa.array(range(start + 1, start + 1 + part.num_rows), pa.int64()))


@contextmanager
def _measured_table(settings: Settings, database: DatabaseName, events: int) -> Iterator[MeasuredTable]:
    source = open_database(settings, database)
    name = f"measure_{uuid.uuid4().hex[:8]}"
    full_name = f"{source.schema}.{name}"
    measured = MeasuredTable(
        settings=settings,
        config=MAKERS[database](settings, [full_name], name=name),
        table=full_name,
        rows=f"{full_name}_rows",
    )
    for table in (measured.table, measured.rows):
        source.execute(replace(FLIGHTS[database], name=table.partition(".")[2]).ddl(source.schema))
    try:
        for rows in flights(database, events):
            source.load(measured.rows, rows)
        yield measured
    finally:
        remove(settings, measured.config)
        for table in (measured.table, measured.rows):
            source.execute(f"DROP TABLE {table}")


def _times(settings: Settings, topics: Sequence[str], events: int) -> tuple[float, float]:
    """Return when the first and when the last record of *topics*, *events* each, were written, in seconds of the clock.

    They are read when all are there, so that nothing else works while the connectors do.
    """
    consumer = Consumer(consumer_options(settings.bootstrap_servers))
    try:
        for topic in topics:
            probe.until(lambda t=topic: _end(consumer, t) >= events, SECONDS, f"{events:,} events in {topic}")  # type: ignore[misc]
        spans = [_span(consumer, topic, events) for topic in topics]
    finally:
        consumer.close()
    return min(first for first, _ in spans) / 1000, max(last for _, last in spans) / 1000


def _end(consumer: Consumer, topic: str) -> int:
    if topic not in consumer.list_topics(timeout=10).topics:
        return 0
    return offset_bounds(consumer, Partition(topic, 0))[1]


def _span(consumer: Consumer, topic: str, events: int) -> tuple[int, int]:
    """Return the first and last timestamp in ms; offsets do not count the records, for transaction marks take some."""
    consumer.assign([TopicPartition(topic, 0, 0)])
    count, first, last, deadline = 0, 0, 0, time.monotonic() + SECONDS
    while count < events and time.monotonic() < deadline:
        messages = consumer.consume(1_000, 1.0)
        times = [m.timestamp()[1] for m in messages if not m.error()]
        count += len(times)
        first, last = first or (times[0] if times else 0), times[-1] if times else last
    if count != events:
        raise MeasurementFailed(
            f"{topic} has {count:,} records, {events:,} rows were written: invoke connectors.status"
        )
    return first, last
