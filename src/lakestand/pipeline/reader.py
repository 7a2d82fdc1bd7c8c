"""Reading topics: the messages of Kafka's client become records in columns, without their schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from confluent_kafka import Consumer, KafkaError, Message

from lakestand.errors import PipelineError
from lakestand.lake.table import Partition
from lakestand.pipeline.decoding.prefix import SchemaStripper
from lakestand.pipeline.decoding.records import RecordColumns, merge_by_partition

TOPIC_GONE = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}  # noqa: SLF001
# Few, so that the next call uses their memory again while it is still in the processor's cache: with 10,000 messages a
# call malloc takes as long as all the rest, with 1,000 reading goes from 250,000 to 400,000 a second (4.4 KB each).
MESSAGES_PER_CALL = 1_000
# As many as are read at once of records of the size that the last ones had; a record may be larger by itself.
BYTES_PER_CALL, BYTES_PER_BATCH = 16 << 20, 16 << 20
# Smaller records are mostly their schema, which is cut off: their number is limit enough.
LARGE = 16 << 10
LIVE_SECONDS = 0.05
NEW_KEY = "__debezium.newkey"  # a header of a delete that a create of the same row follows


def consumer_options(bootstrap_servers: str) -> dict[str, object]:
    """The configuration of the consumer that reads the topics; it commits no offset by itself."""
    return {
        "bootstrap.servers": bootstrap_servers,
        "group.id": "lakestand-pipeline",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "allow.auto.create.topics": False,
        "enable.partition.eof": False,
        "fetch.wait.max.ms": 20,
        # Compressed: the records' schemas, of which they mostly consist, take next to nothing there.
        "max.partition.fetch.bytes": 2 << 20,
        "queued.min.messages": 50_000,
        "queued.max.messages.kbytes": 64 << 10,
        "receive.message.max.bytes": 1 << 30,  # a record is as large as the broker takes it
        "fetch.queue.backoff.ms": 5,  # by default a second passes before a full queue is looked at again
        "log_level": 0,
    }


@dataclass
class Reader:
    """Reads up to *batch* records at a time, fewer when there are no more or they are large.

    Attributes:
        gone: topics that were deleted meanwhile.
    """

    consumer: Consumer
    batch: int
    gone: set[str] = field(default_factory=set)
    _waiting: dict[tuple[str, int], list[Message]] = field(default_factory=dict)
    _stripper: SchemaStripper = field(default_factory=SchemaStripper)
    _size: int = 1

    def read(self) -> list[RecordColumns]:
        """The records that have come, each partition's together; waits LIVE_SECONDS for them at most.

        PipelineError for an error that does not pass.
        """
        parts: list[RecordColumns] = []
        taken = 0
        for _ in range(0, self.batch, MESSAGES_PER_CALL):
            wanted = min(MESSAGES_PER_CALL, self.batch, max(1, BYTES_PER_CALL // self._size))
            messages = self.consumer.consume(wanted, LIVE_SECONDS)
            parts += [part for run in self._runs(messages) for part in self._stripper.strip(run)]
            size = sum(map(len, messages))
            self._size = max(1, size // max(1, len(messages)))
            taken += size if self._size > LARGE else 0
            if len(messages) < wanted or taken > BYTES_PER_BATCH:
                break
        return list(merge_by_partition(parts))

    def _runs(self, messages: list[Message]) -> Iterator[RecordColumns]:
        """The records of each partition, in their order."""
        good = [m for m in messages if not self._failed(m)] if any(map(Message.error, messages)) else messages
        places = list(zip(map(Message.topic, good), map(Message.partition, good), strict=True))
        different = set(places)
        ours: dict[object, list[Message]] = {place: good if len(different) == 1 else [] for place in different}
        for place, message in zip(places, good, strict=True) if len(different) > 1 else ():
            ours[place].append(message)
        for place in sorted(cast("set[Partition]", different)):
            if complete := self._complete(place, ours[place]):
                yield _columns(Partition(*place), complete)

    def _complete(self, place: tuple[str, int], messages: list[Message]) -> list[Message]:
        """Return *messages* after those that wait, without a delete at their end that is half of a change of a key.

        Its other half, a create, must be in the same commit: it may leave values to the row that the delete removes.
        """
        messages = [*self._waiting.pop(place, ()), *messages] if self._waiting else messages
        last = next((n for n in range(len(messages) - 1, -1, -1) if messages[n].value() is not None), -1)
        if last < 0 or NEW_KEY not in dict(cast("list[tuple[str, bytes]]", messages[last].headers() or [])):
            return messages
        self._waiting[place] = messages[last:]
        return messages[:last]

    def _failed(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return False
        if error.code() in TOPIC_GONE:
            self.gone.add(str(message.topic()))
        elif not error.retriable():
            raise PipelineError(f"Kafka: {error.str()}; invoke status")
        return True


def _columns(partition: Partition, messages: list[Message]) -> RecordColumns:
    return RecordColumns(
        partition=partition,
        offsets=cast("list[int]", list(map(Message.offset, messages))),
        keys=list(map(Message.key, messages)),
        values=list(map(Message.value, messages)),
        timestamps_ms=[time for _, time in map(Message.timestamp, messages)],
    )
