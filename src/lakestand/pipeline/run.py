"""The pipeline: poll → decode → fold → apply → commit; what cannot be decoded goes to a dead-letter topic."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from rich.console import Console

from lakestand.clients.registry import Registry
from lakestand.errors import IncompatibleSchema, PipelineError
from lakestand.lake.table import Partition, Sink
from lakestand.pipeline import dead_letters, refusal
from lakestand.pipeline import topics as kafka
from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.decoding.records import RecordColumns
from lakestand.pipeline.lane import Lane, running
from lakestand.pipeline.reader import Reader, consumer_options
from lakestand.pipeline.target import Commit, Kind, TableLag, Target, has_only_truncates

# Not large: lanes join what they find waiting.
BATCH = 10_000

OnCommit = Callable[[Commit], None]


def ignore(_what: object) -> None:
    """Nobody listens."""


@dataclass(kw_only=True)
class Pipeline:
    """Carries the changes of *topics* into a changelog and a mirror in every sink.

    Attributes:
        on_commit: told of every commit, when readers can see it.
        before_offsets: called after a table's commit, before Kafka hears of it; tests crash there.
        registry: where the schemas of Avro records are; JSON needs none.
        convert: columns as table.column whose values are cast to the table's type where the source's is another.
        topic_seconds: how long to wait for topics that are not there yet.
    """

    bootstrap_servers: str
    topics: Sequence[str]
    sinks: Sequence[Sink]
    kinds: Sequence[Kind] = ("changelog", "mirror")
    on_commit: OnCommit = ignore
    before_offsets: Callable[[], None] = lambda: None
    registry: Registry | None = None
    convert: Sequence[str] = ()
    topic_seconds: float = 60.0
    batch: int = BATCH
    dead: int = 0
    warnings: list[str] = field(default_factory=list)
    _lanes: list[Lane] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)

    def run(self, stop: Callable[[], bool] | None = None) -> None:
        """Work until *stop* says so, asked between batches; without it, until the present end of the topics.

        What was read is committed to every table before it returns. A table that cannot follow its source's schema
        stands still while the others go on; IncompatibleSchema at the end, or when none is left.
        """
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        found = kafka.wait_for(admin, self.topics, self.topic_seconds)
        lanes = self._lanes = [
            Lane(target, self._applied, self._refused) for topic in found.values() for target in self._targets(topic)
        ]
        consumer = Consumer(consumer_options(self.bootstrap_servers))
        try:
            ends = self._assign(consumer, found, lanes)
            with running(lanes):
                watch = kafka.DeletionWatch(admin, found)
                self._read(consumer, lanes, watch, stop or (lambda: self._at(consumer, ends)))
            consumer.commit(asynchronous=False) if ends else None
        except KafkaException as err:
            if err.args[0].code() != KafkaError._NO_OFFSET:  # noqa: SLF001  nothing was read, nothing to commit
                raise PipelineError(f"Kafka: {err.args[0].str()}; invoke status") from err
        finally:
            consumer.close()
        if self._refusals:
            raise IncompatibleSchema("\n".join(self._refusals))

    def lags(self) -> list[TableLag]:
        """How far every table is behind what was read."""
        now = time.time() * 1000
        return [lane.lag(now) for lane in self._lanes]

    def _targets(self, topic: kafka.TopicDescription) -> list[Target]:
        table = topic.name.rpartition(".")[2]
        convert = frozenset(c.removeprefix(f"{table}.") for c in self.convert if c.startswith(f"{table}."))
        return [Target(topic.name, sink, kind, topic.id, convert) for sink in self.sinks for kind in self.kinds]

    def _read(
        self, consumer: Consumer, lanes: list[Lane], watch: kafka.DeletionWatch, done: Callable[[], bool]
    ) -> None:
        reader, decoder, ahead = Reader(consumer, self.batch), self._decoder(), Future[None]()
        ahead.set_result(None)
        # A batch is decoded while the next is read: Arrow needs no GIL.
        with ThreadPoolExecutor(1, "decoder") as decoding:
            while not done() and not all(lane.is_halted for lane in lanes):
                for lane in lanes:
                    lane.check()
                records = reader.read()
                watch.check(quiet=not records)
                ahead.result()
                ahead = decoding.submit(self._hand_over, decoder, records, lanes)
            ahead.result()

    def _hand_over(self, decoder: Decoder, records: list[RecordColumns], lanes: list[Lane]) -> None:
        events, bad = decoder.decode_columns(records)
        self._bury(bad)
        self._warn_keyless(events)
        for lane in lanes:
            lane.put([e for e in events if e.partition.topic == lane.target.topic])

    def _decoder(self) -> Decoder:
        return Decoder(self.registry.schema if self.registry else None)

    def _refused(self, err: IncompatibleSchema, events: Events) -> None:
        text = refusal.explain(err, events, self.registry)
        self._refusals.append(text)
        self._warn(text)

    def _applied(self, committed: Commit) -> None:
        self.before_offsets()
        self.on_commit(committed)

    def _assign(
        self, consumer: Consumer, found: dict[str, kafka.TopicDescription], lanes: list[Lane]
    ) -> dict[Partition, int]:
        """Start every partition where the table that is furthest behind stands; returns the ends to be reached."""
        ends, starts = {}, []
        for topic in found.values():
            for partition in topic.partitions:
                low, high = kafka.offset_bounds(consumer, partition)
                held = [x.target.next_offset(topic, partition, high) for x in lanes if x.target.topic == topic.name]
                start = min(held, default=0)
                if 0 < start < low:  # no error: a tombstone is no event either, and may be all that is missing
                    self._warn(
                        f"{partition.topic}[{partition.number}] begins at {low}, a table holds it up to {start}: Kafka "
                        "has dropped what lay between. If it was changes, drop the table to fill it anew"
                    )
                starts.append(kafka.topic_partition(partition, max(low, start)))
                if max(low, start) < high:
                    ends[partition] = high
        consumer.assign(starts)
        return ends

    def _at(self, consumer: Consumer, ends: dict[Partition, int]) -> bool:
        now = consumer.position([kafka.topic_partition(partition, 0) for partition in ends])
        return all(p.offset >= ends[Partition(p.topic, p.partition)] for p in now)

    def _bury(self, bad: list[DeadLetter]) -> None:
        if bad:
            self.dead += len(bad)
            self._warn(dead_letters.send(self.bootstrap_servers, bad))

    def _warn_keyless(self, events: Sequence[Events]) -> None:
        for each in events:
            if not each.key and "mirror" in self.kinds and not has_only_truncates(each):
                self._warn(f"{each.partition.topic} has no primary key: it gets a changelog and no mirror")

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
            Console(stderr=True).print(f"warning: {text}", markup=False)
