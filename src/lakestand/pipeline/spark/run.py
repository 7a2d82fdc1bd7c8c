"""The pipeline as a Structured Streaming query; of each micro-batch, a table takes one commit a Kafka partition.

The tables' positions are the only checkpoint, as in the local engine: either can go on where the other stopped.
"""

from __future__ import annotations

import functools
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient
from rich.console import Console

from lakestand.clients.registry import SchemaRegistryConfig
from lakestand.errors import PipelineError
from lakestand.lake.table import Partition
from lakestand.pipeline import dead_letters
from lakestand.pipeline import topics as kafka
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.spark import blobs, executor
from lakestand.pipeline.spark.frames import spark_schema
from lakestand.pipeline.spark.lane import SparkLane, Written
from lakestand.pipeline.spark.tables import TableWriter
from lakestand.pipeline.target import Kind, TableLag, Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LOOK_SECONDS = 0.2
BATCH = 200_000
COLUMNS = ("topic", "partition", "offset", "key", "value", "unix_millis(timestamp) AS timestamp_ms")


def ignore(_what: object) -> None:
    """Nobody listens."""


@dataclass(kw_only=True)
class SparkPipeline:
    """Carries the changes of *topics* into a changelog and a mirror in every sink, as Pipeline does.

    Attributes:
        batch: records of a micro-batch, at most.
        on_commit: told of every commit.
    """

    spark: SparkSession
    bootstrap_servers: str
    topics: Sequence[str]
    sinks: Sequence[TableWriter]
    kinds: Sequence[Kind] = ("changelog", "mirror")
    on_commit: Callable[[Written], None] = ignore
    registry: SchemaRegistryConfig | None = None
    topic_seconds: float = 60.0
    batch: int = BATCH
    dead: int = 0
    warnings: list[str] = field(default_factory=list)
    _failed: list[Exception] = field(default_factory=list)
    _lanes: list[SparkLane] = field(default_factory=list)
    _began: float | None = None

    def run(self, stop: Callable[[], bool] | None = None) -> None:
        """Work until *stop* says so; without it, until the present end of the topics."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        found = kafka.wait_for(admin, self.topics, self.topic_seconds)
        lanes = self._lanes = [
            SparkLane(Target(topic.name, writer.sink, kind, topic.id), writer, self._warn)
            for topic in found.values()
            for writer in self.sinks
            for kind in self.kinds
        ]
        starts = self._starts(found, lanes)
        with tempfile.TemporaryDirectory(prefix="lakestand-spark-") as folder:
            writer = self._source(starts).writeStream.option("checkpointLocation", f"file://{folder}")
            writer = writer.foreachBatch(lambda rows, _number: self._batch(rows, lanes))
            query = (writer if stop else writer.trigger(availableNow=True)).start()
            try:
                while not query.awaitTermination(LOOK_SECONDS):  # type: ignore[arg-type,unused-ignore]  # seconds may be a fraction
                    if stop and stop():
                        break
            except Exception as err:
                raise (self._failed or [PipelineError(f"Spark: {err}")])[0] from err
            finally:
                query.stop()

    def lags(self) -> list[TableLag]:
        """How far every table is behind the micro-batch that is being written."""
        began = self._began
        seconds = 0.0 if began is None else time.monotonic() - began
        targets = [lane.target for lane in self._lanes]
        return [TableLag(topic=t.topic, sink=t.sink.name, table=t.name, seconds=seconds) for t in targets]

    def _source(self, starts: dict[Partition, int]) -> DataFrame:
        offsets: dict[str, dict[str, int]] = {}
        for partition, offset in starts.items():
            offsets.setdefault(partition.topic, {})[str(partition.number)] = offset
        options = {
            "kafka.bootstrap.servers": self.bootstrap_servers,
            "kafka.isolation.level": "read_committed",
            "subscribe": ",".join(self.topics),
            "startingOffsets": json.dumps(offsets),
            "maxOffsetsPerTrigger": str(self.batch),
        }
        return self.spark.readStream.format("kafka").options(**options).load()

    def _starts(self, found: dict[str, kafka.TopicDescription], lanes: list[SparkLane]) -> dict[Partition, int]:
        """Where the table that is furthest behind stands, of every partition."""
        consumer, starts = Consumer({"bootstrap.servers": self.bootstrap_servers, "group.id": "lakestand-spark"}), {}
        for topic in found.values():
            for partition in topic.partitions:
                low, high = kafka.offset_bounds(consumer, partition)
                held = [x.target.next_offset(topic, partition, high) for x in lanes if x.target.topic == topic.name]
                starts[partition] = max(low, min(held, default=0))
        consumer.close()
        return starts

    def _batch(self, rows: DataFrame, lanes: list[SparkLane]) -> None:
        """One micro-batch: decode once, then write table after table."""
        self._began = time.monotonic()
        decoded = rows.selectExpr(*COLUMNS).mapInArrow(self._decode(), spark_schema(blobs.SCHEMA)).persist()
        try:
            facts = [fact.asDict() for fact in decoded.select(*blobs.SUMMARY.names).collect()]
            self._bury(blobs.dead_letters(facts))
            for run in blobs.event_ranges(facts):
                for lane in lanes:
                    if lane.target.topic == run.partition.topic and (written := lane.apply(decoded, run)):
                        self.on_commit(written)
        except Exception as err:
            self._failed.append(err)
            raise
        finally:
            decoded.unpersist()
        self._began = None

    def _decode(self) -> executor.Decode:
        return functools.partial(executor.decode, registry=self.registry)

    def _bury(self, bad: list[DeadLetter]) -> None:
        if bad:
            self.dead += len(bad)
            self._warn(dead_letters.send(self.bootstrap_servers, bad))

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
            Console(stderr=True).print(f"warning: {text}", markup=False)
