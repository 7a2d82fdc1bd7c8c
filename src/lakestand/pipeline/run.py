"""The pipeline: poll → decode → fold → apply → commit; what cannot be decoded goes to a dead-letter topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from rich.console import Console

from lakestand.errors import PipelineError
from lakestand.pipeline import topics as kafka
from lakestand.pipeline.decode import Bad, Decoder, Events, Record
from lakestand.pipeline.event import Source
from lakestand.pipeline.sinks import Sink
from lakestand.pipeline.target import Committed, Kind, Target

DEAD_LETTER = ".dead-letter"
# Behind, a batch is large, for a commit costs much; live, it is what came in one fetch.
BATCH, POLL_SECONDS = 50_000, 0.1
ASK_SECONDS = 10.0
GONE = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}  # noqa: SLF001

OnCommit = Callable[[Committed], None]


def ignore(_what: object) -> None:
    """Nobody listens."""


@dataclass(kw_only=True)
class Pipeline:
    """Carries the changes of *topics* into a changelog and a mirror in every sink.

    Attributes:
        on_commit: told of every commit, when readers can see it.
        before_offsets: called between the tables' commits and Kafka's offset commit; tests crash there.
        topic_seconds: how long to wait for topics that are not there yet.
    """

    bootstrap_servers: str
    topics: Sequence[str]
    sinks: Sequence[Sink]
    kinds: Sequence[Kind] = ("changelog", "mirror")
    on_commit: OnCommit = ignore
    before_offsets: Callable[[], None] = lambda: None
    topic_seconds: float = 60.0
    batch: int = BATCH
    dead: int = 0
    warnings: list[str] = field(default_factory=list)

    def run(self, stop: Callable[[], bool] | None = None) -> None:
        """Work until *stop* says so, asked between batches; without it, until the present end of the topics."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        found = kafka.wait_for(admin, self.topics, self.topic_seconds)
        targets = {name: self._targets(topic) for name, topic in found.items()}
        decoder = Decoder()
        consumer = Consumer(self._options())
        try:
            ends = self._assign(consumer, found, targets)
            with ThreadPoolExecutor(max_workers=4) as pool:
                while not (stop() if stop else self._at(consumer, ends)):
                    self._step(consumer, decoder, targets, pool)
        except KafkaException as err:
            raise PipelineError(f"Kafka: {err.args[0].str()}; invoke status") from err
        finally:
            consumer.close()

    def _targets(self, topic: kafka.Topic) -> list[Target]:
        return [Target(topic.name, sink, kind, topic.id) for sink in self.sinks for kind in self.kinds]

    def _step(
        self, consumer: Consumer, decoder: Decoder, targets: dict[str, list[Target]], pool: ThreadPoolExecutor
    ) -> None:
        records = self._records(consumer.consume(self.batch, POLL_SECONDS))
        if not records:
            return
        events, bad = decoder.decode(records)
        self._bury(bad)
        self._warn_keyless(events)
        lanes = [
            pool.submit(_lane, target, [e for e in events if e.source.topic == topic], self.on_commit)
            for topic, each in targets.items()
            for target in each
        ]
        for lane in lanes:
            lane.result()
        self.before_offsets()
        consumer.commit(asynchronous=True)

    def _records(self, messages: list[Message]) -> list[Record]:
        for message in messages:
            if error := message.error():
                _refuse(error, message)
        found = [_record(message) for message in messages if not message.error()]
        # Stable: the order within a partition is kept, and each partition's records are together.
        return sorted(found, key=lambda r: r[:2])

    def _assign(
        self, consumer: Consumer, found: dict[str, kafka.Topic], targets: dict[str, list[Target]]
    ) -> dict[Source, int]:
        """Start every partition where the table that is furthest behind stands; returns the present ends."""
        ends, starts = {}, []
        for topic in found.values():
            for source in topic.sources:
                low, high = consumer.get_watermark_offsets(kafka.partition(source, 0), timeout=ASK_SECONDS)
                held = [t.held(topic, source, high) for t in targets[topic.name]]
                starts.append(kafka.partition(source, max(low, min(held, default=0))))
                ends[source] = high
        consumer.assign(starts)
        return ends

    def _at(self, consumer: Consumer, ends: dict[Source, int]) -> bool:
        now = consumer.position([kafka.partition(source, 0) for source in ends])
        return all(p.offset >= ends[Source(p.topic, p.partition)] or not ends[Source(p.topic, p.partition)] for p in now)

    def _bury(self, bad: list[Bad]) -> None:
        if not bad:
            return
        producer = Producer({"bootstrap.servers": self.bootstrap_servers, "enable.idempotence": True})
        for record, error in bad:
            headers: dict[str, str | bytes | None] = {"position": str(error.at), "reason": error.reason}
            producer.produce(record.topic + DEAD_LETTER, record.value, record.key, headers=headers)
        if producer.flush(ASK_SECONDS):
            raise PipelineError(f"{len(bad)} undecodable records cannot be put aside: Kafka does not acknowledge")
        self.dead += len(bad)
        self._warn(f"{len(bad)} records are no change events and went to {bad[0].record.topic}{DEAD_LETTER}: {bad[0].error}")

    def _warn_keyless(self, events: Sequence[Events]) -> None:
        for each in events:
            if not each.key and "mirror" in self.kinds:
                self._warn(f"{each.source.topic} has no primary key: it gets a changelog and no mirror")

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)
            Console(stderr=True).print(f"warning: {text}", markup=False)

    def _options(self) -> dict[str, object]:
        return {
            "bootstrap.servers": self.bootstrap_servers,
            "group.id": "lakestand-pipeline",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "allow.auto.create.topics": False,
            "enable.partition.eof": False,
            "fetch.wait.max.ms": 20,
            "fetch.max.bytes": 64 << 20,
            "max.partition.fetch.bytes": 32 << 20,
            "queued.min.messages": 2 * self.batch,
            "queued.max.messages.kbytes": 512 << 10,
            "log_level": 0,
        }


def _lane(target: Target, events: list[Events], on_commit: OnCommit) -> None:
    for each in events:
        if committed := target.apply(each):
            on_commit(committed)


def _record(message: Message) -> Record:
    source = (str(message.topic()), int(message.partition() or 0), int(message.offset() or 0))
    return Record(*source, message.key(), message.value(), message.timestamp()[1])


def _refuse(error: KafkaError, message: Message) -> None:
    if error.code() in GONE:
        raise PipelineError(
            f"topic {message.topic()} was deleted under the pipeline; what was read of it is in the tables. "
            "If its connector makes it again, drop the tables to fill them anew; else leave it out"
        )
    if not error.retriable():
        raise PipelineError(f"Kafka: {error.str()}; invoke status")
