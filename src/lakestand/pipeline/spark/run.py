"""The pipeline as a Structured Streaming query; each table takes one commit per micro-batch and Kafka partition.

The tables' positions are the only checkpoint, as in the local engine: either can go on where the other stopped.
"""

from __future__ import annotations

import functools
import json
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from lakestand.clients.registry import Registry, SchemaRegistryConfig
from lakestand.errors import PipelineError
from lakestand.lake.standins import Choice
from lakestand.lake.table import Partition
from lakestand.pipeline import topics as kafka
from lakestand.pipeline.halts import Halts
from lakestand.pipeline.incidents import Incidents
from lakestand.pipeline.naming import Naming
from lakestand.pipeline.peeking import first_tables
from lakestand.pipeline.reports import Kind, OnCommit, TableLag, ignore_commit
from lakestand.pipeline.spark import blobs, executor
from lakestand.pipeline.spark.frames import spark_schema
from lakestand.pipeline.spark.lane import SparkLane
from lakestand.pipeline.spark.tables import TableWriter
from lakestand.pipeline.starts import find_starts
from lakestand.pipeline.target import Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LOOK_SECONDS = 0.2
BATCH = 200_000
COLUMNS = ("topic", "partition", "offset", "key", "value", "unix_millis(timestamp) AS timestamp_ms")


@dataclass(kw_only=True)
class SparkPipeline:
    """Carries the changes of *topics* into a changelog and a mirror in every sink, as `Pipeline` does.

    Attributes:
        on_commit: called with every commit.
        topic_seconds: how long to wait for topics that do not exist yet.
        by_schema: whether each table goes to the namespace of its source's schema, instead of the sinks' own.
        batch: how many records a micro-batch has, at most.
        choice: what becomes of values that no table can hold.
        incidents: gets everything that must be named and does not end the run.
    """

    spark: SparkSession
    bootstrap_servers: str
    topics: Sequence[str]
    sinks: Sequence[TableWriter]
    kinds: Sequence[Kind] = ("changelog", "mirror")
    on_commit: OnCommit = ignore_commit
    registry: SchemaRegistryConfig | None = None
    topic_seconds: float = 60.0
    batch: int = BATCH
    by_schema: bool = False
    choice: Choice = "stand-in"
    incidents: Incidents = field(default_factory=Incidents)
    _halts: Halts = field(init=False)
    _failures: list[Exception] = field(default_factory=list)
    _lanes: list[SparkLane] = field(default_factory=list)
    _began: float | None = None

    def __post_init__(self) -> None:
        self.incidents.bootstrap_servers = self.bootstrap_servers
        self._halts = Halts(self.incidents.warn, Registry(self.registry) if self.registry else None)

    def run(self, stop: Callable[[], bool] | None = None) -> None:
        """Work until *stop* returns true; by default until the topics' present end.

        A table that cannot be written stands still while the others go on, as in the local engine.
        """
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        topics = kafka.wait_for(admin, self.topics, self.topic_seconds)
        if absent := [name for name in self.topics if name not in topics]:
            self._halts.add_absent(kafka.absence_error(absent, self.topic_seconds))
        self.incidents.count_earlier(topics)
        self._lanes = self._make_lanes(topics.values())
        if offsets := self._starts(topics.values()):
            self._stream(offsets, stop)
        self._halts.check()

    def _stream(self, offsets: dict[Partition, int], stop: Callable[[], bool] | None) -> None:
        with tempfile.TemporaryDirectory(prefix="lakestand-spark-") as folder:
            stream = self._open(offsets).writeStream.option("checkpointLocation", f"file://{folder}")
            stream = stream.foreachBatch(lambda rows, _number: self._write(rows))
            query = (stream if stop else stream.trigger(availableNow=True)).start()
            try:
                while not query.awaitTermination(LOOK_SECONDS):  # type: ignore[arg-type,unused-ignore]  # seconds may be a fraction
                    if (stop and stop()) or all(lane.is_halted for lane in self._lanes):
                        break
            except Exception as err:
                raise (self._failures or [PipelineError(f"Spark: {err}")])[0] from err
            finally:
                query.stop()

    def _make_lanes(self, topics: Collection[kafka.TopicDescription]) -> list[SparkLane]:
        """Make the lanes of all *topics*; NameCollision when two tables would be one."""
        naming, lookup = Naming(self.by_schema), Registry(self.registry).schema if self.registry else None
        tables = first_tables(self.bootstrap_servers, topics, lookup)
        sinks = [(writer, writer.sink) for writer in self.sinks]
        return [
            SparkLane(
                Target(topic.name, sink, kind, topic.id, naming=naming, first=tables.get(topic.name)),
                writer,
                self.incidents,
                self._halts.add,
            )
            for topic in topics
            for writer, sink in sinks
            for kind in self.kinds
        ]

    def lags(self) -> list[TableLag]:
        """How far every table is behind the micro-batch that is being written."""
        began = self._began
        seconds = 0.0 if began is None else time.monotonic() - began
        return [
            TableLag(
                topic=lane.target.topic,
                sink=lane.target.sink.name,
                table=lane.target.label,
                seconds=seconds,
                is_halted=lane.is_halted,
            )
            for lane in self._lanes
        ]

    def _open(self, starts: dict[Partition, int]) -> DataFrame:
        offsets: dict[str, dict[str, int]] = {}
        for partition, offset in starts.items():
            offsets.setdefault(partition.topic, {})[str(partition.number)] = offset
        options = {
            "kafka.bootstrap.servers": self.bootstrap_servers,
            "kafka.isolation.level": "read_committed",
            "subscribe": ",".join(offsets),
            "startingOffsets": json.dumps(offsets),
            "maxOffsetsPerTrigger": str(self.batch),
        }
        return self.spark.readStream.format("kafka").options(**options).load()

    def _starts(self, topics: Iterable[kafka.TopicDescription]) -> dict[Partition, int]:
        consumer = Consumer({"bootstrap.servers": self.bootstrap_servers, "group.id": "lakestand-spark"})
        try:
            targets = [lane.target for lane in self._lanes]
            starts = find_starts(consumer, topics, targets, self.incidents.warn, self._halt)
        finally:
            consumer.close()
        return {partition: start.offset for partition, start in starts.items()}

    def _halt(self, target: Target, err: Exception) -> None:
        next(lane for lane in self._lanes if lane.target is target).halt(err)

    def _write(self, records: DataFrame) -> None:
        """Write one micro-batch: decode it once, then commit table after table."""
        self._began = time.monotonic()
        decode = functools.partial(executor.decode, registry=self.registry, choice=self.choice)
        decoded = records.selectExpr(*COLUMNS).mapInArrow(decode, spark_schema(blobs.SCHEMA)).persist()
        try:
            facts = [fact.asDict() for fact in decoded.select(*blobs.SUMMARY.names).collect()]
            self.incidents.set_aside(blobs.dead_letters(facts))
            for topic, values in blobs.stand_ins(facts):
                self.incidents.count_stand_ins(topic, values)
            for events in blobs.event_ranges(facts):
                self._commit(decoded, events)
        except Exception as err:
            self._failures.append(err)
            raise
        finally:
            decoded.unpersist()
        self._began = None

    def _commit(self, decoded: DataFrame, events: blobs.EventRange) -> None:
        for lane in self._lanes:
            if lane.target.topic == events.partition.topic and (commit := lane.apply(decoded, events)):
                self.on_commit(commit)
