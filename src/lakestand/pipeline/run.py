"""The pipeline in this process: read, decode, fold and commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from lakestand.clients.registry import Registry
from lakestand.errors import NameCollision, PipelineError
from lakestand.lake.names import TableName
from lakestand.lake.standins import Choice
from lakestand.lake.table import Partition, Sink
from lakestand.pipeline import topics as kafka
from lakestand.pipeline.arrivals import Arrivals
from lakestand.pipeline.crew import Crew, running
from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.records import RecordColumns
from lakestand.pipeline.fold import has_only_truncates
from lakestand.pipeline.halts import Halts
from lakestand.pipeline.incidents import Incidents
from lakestand.pipeline.lane import Lane
from lakestand.pipeline.naming import Naming
from lakestand.pipeline.peeking import first_tables
from lakestand.pipeline.reader import Reader, consumer_options
from lakestand.pipeline.reports import Commit, Kind, OnCommit, TableLag, ignore_commit
from lakestand.pipeline.starts import find_starts
from lakestand.pipeline.target import Target

# Not large: lanes join what they find waiting.
BATCH = 10_000


@dataclass(kw_only=True)
class Pipeline:
    """Carries the changes of *topics* into a changelog and a mirror in every sink, exactly once.

    Attributes:
        on_commit: called with every commit, when readers can see it.
        before_offsets: called after a table's commit, before Kafka hears of it; tests crash there.
        registry: where the schemas of Avro records are; JSON needs none.
        convert: columns as table.column whose values are cast to the table's type where the source's is another.
        replace: columns as table.column whose old values are set aside where the source's type is another.
        topic_seconds: how long to wait for topics that do not exist yet.
        batch: how many records are read and decoded at a time, at most.
        by_schema: whether each table goes to the namespace of its source's schema, instead of the sinks' own.
        more_topics: asked now and then for the topics to carry, of which those that are new join.
        choice: what becomes of values that no table can hold.
        incidents: gets everything that must be named and does not end the run.
    """

    bootstrap_servers: str
    topics: Sequence[str]
    sinks: Sequence[Sink]
    kinds: Sequence[Kind] = ("changelog", "mirror")
    on_commit: OnCommit = ignore_commit
    before_offsets: Callable[[], None] = lambda: None
    registry: Registry | None = None
    convert: Sequence[str] = ()
    replace: Sequence[str] = ()
    topic_seconds: float = 60.0
    batch: int = BATCH
    by_schema: bool = False
    more_topics: Callable[[], Collection[str]] | None = None
    choice: Choice = "stand-in"
    incidents: Incidents = field(default_factory=Incidents)
    _halts: Halts = field(init=False)
    _lanes: list[Lane] = field(default_factory=list)
    _naming: Naming = field(init=False)

    def __post_init__(self) -> None:
        self.incidents.bootstrap_servers = self.bootstrap_servers
        self._halts = Halts(self.incidents.warn, self.registry)
        self._naming = Naming(self.by_schema)

    def run(self, stop: Callable[[], bool] | None = None) -> None:
        """Work until *stop*, which is asked between batches, returns true; by default until the topics' present end.

        What was read is committed to every table before it returns. A table that cannot be written, whatever is raised,
        stands still while the others go on; what `Halts.check` raises follows at the end, or when no table is left.
        """
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
        topics = kafka.wait_for(admin, self.topics, self.topic_seconds)
        if absent := [name for name in self.topics if name not in topics]:
            self._halts.add_absent(kafka.absence_error(absent, self.topic_seconds))
        self.incidents.count_earlier(topics)
        self._lanes = self._new_lanes(topics.values())
        consumer = Consumer(consumer_options(self.bootstrap_servers))
        try:
            ends = self._assign(consumer, topics.values(), self._lanes)
            with running(self._lanes, grows=self.more_topics is not None) as crew:
                watch = kafka.DeletionWatch(admin, topics)
                self._read(consumer, watch, crew, stop or (lambda: self._has_reached(consumer, ends)))
            consumer.commit(asynchronous=False) if ends else None
        except KafkaException as err:
            if err.args[0].code() != KafkaError._NO_OFFSET:  # noqa: SLF001  nothing was read, nothing to commit
                raise PipelineError(f"Kafka: {err.args[0].str()}; invoke status") from err
        finally:
            consumer.close()
        self._halts.check()

    def lags(self) -> list[TableLag]:
        """How far every table is behind what was read."""
        return [lane.lag(time.time() * 1000) for lane in self._lanes]

    def _new_lanes(self, topics: Collection[kafka.TopicDescription]) -> list[Lane]:
        """Make the lanes of all *topics*; NameCollision when two tables would be one."""
        tables = first_tables(self.bootstrap_servers, topics, self.registry.schema if self.registry else None)
        return [
            Lane(self._target(topic, sink, kind, tables.get(topic.name)), self._report_commit, self._halts.add)
            for topic in topics
            for sink in self.sinks
            for kind in self.kinds
        ]

    def _target(self, topic: kafka.TopicDescription, sink: Sink, kind: Kind, first: TableName | None) -> Target:
        columns, naming, note = (self.convert, self.replace), self._naming, self.incidents.note_unknown
        return Target(topic.name, sink, kind, topic.id, *columns, naming, first, on_unknown=note)

    def _assign(
        self, consumer: Consumer, topics: Iterable[kafka.TopicDescription], lanes: Sequence[Lane]
    ) -> dict[Partition, int]:
        """Let *consumer* begin where the tables stand; returns the ends of the partitions that have more to read."""
        targets = [lane.target for lane in lanes]
        starts = find_starts(consumer, topics, targets, self.incidents.warn, self._halt)
        partitions = [kafka.topic_partition(partition, start.offset) for partition, start in starts.items()]
        (consumer.incremental_assign if consumer.assignment() else consumer.assign)(partitions)
        return {partition: start.end for partition, start in starts.items() if start.offset < start.end}

    def _read(self, consumer: Consumer, watch: kafka.DeletionWatch, crew: Crew, done: Callable[[], bool]) -> None:
        reader, arrivals = Reader(consumer, self.batch), Arrivals(watch.admin, self.more_topics, set(watch.topics))
        decoder = Decoder(self.registry.schema if self.registry else None, self.choice)
        ahead = Future[None]()
        ahead.set_result(None)
        # A batch is decoded while the next is read: Arrow needs no GIL.
        with ThreadPoolExecutor(1, "decoder") as decoding:
            while not done() and not (crew.is_idle() and self.more_topics is None):
                crew.check()
                records = reader.read()
                ahead.result()
                self._leave(consumer, crew, reader.gone | watch.deleted(quiet=not records))
                for topic in arrivals.new():
                    watch.topics[topic.name] = topic
                    self._add(consumer, crew, topic)
                ahead = decoding.submit(self._hand_over, decoder, crew, records)
            ahead.result()

    def _add(self, consumer: Consumer, crew: Crew, topic: kafka.TopicDescription) -> None:
        """Carry a topic that has come, unless a table of it would be another's."""
        try:
            lanes = self._new_lanes([topic])
        except NameCollision as err:
            self._halts.add_absent(err)
            return
        self._lanes += lanes
        crew.add(topic.name, lanes)
        self._assign(consumer, [topic], lanes)

    def _leave(self, consumer: Consumer, crew: Crew, deleted: Iterable[str]) -> None:
        """Halt the tables of topics that were *deleted*; one that is made again under its name is another topic."""
        for name in deleted:
            consumer.incremental_unassign([p for p in consumer.assignment() if p.topic == name])
            for lane in crew.of_topic(name):
                if not lane.is_halted:
                    lane.halt(kafka.deletion_error(name))

    def _halt(self, target: Target, err: Exception) -> None:
        next(lane for lane in self._lanes if lane.target is target).halt(err)

    def _has_reached(self, consumer: Consumer, ends: dict[Partition, int]) -> bool:
        going = {lane.target.topic for lane in self._lanes if not lane.is_halted}
        left = {partition: end for partition, end in ends.items() if partition.topic in going}
        positions = consumer.position([kafka.topic_partition(partition, 0) for partition in left])
        return all(p.offset >= left[Partition(p.topic, p.partition)] for p in positions)

    def _hand_over(self, decoder: Decoder, crew: Crew, records: list[RecordColumns]) -> None:
        events, dead_letters = decoder.decode_columns(records)
        self.incidents.set_aside(dead_letters)
        self._warn_keyless(events)
        for batch in events:
            self.incidents.count_stand_ins(batch.partition.topic, batch.stand_ins)
        crew.put(events)

    def _warn_keyless(self, batches: Sequence[Events]) -> None:
        for events in batches:
            if not events.key and "mirror" in self.kinds and not has_only_truncates(events):
                self.incidents.warn_keyless(events.partition.topic)

    def _report_commit(self, commit: Commit) -> None:
        self.before_offsets()
        self.on_commit(commit)
