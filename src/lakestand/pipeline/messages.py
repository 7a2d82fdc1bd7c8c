"""What Kafka's client hands over → records in columns, a partition at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from confluent_kafka import KafkaError, Message

from lakestand.errors import PipelineError
from lakestand.pipeline import topics
from lakestand.pipeline.event import Source
from lakestand.pipeline.records import Records

GONE = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}  # noqa: SLF001


def runs(messages: list[Message]) -> Iterator[Records]:
    """Each partition's records, in their order; PipelineError for an error that no waiting mends."""
    good = [m for m in messages if not _failed(m)]
    sources = [Source(str(m.topic()), int(m.partition() or 0)) for m in good]
    if len(set(sources)) > 1:
        # Stable: the order within a partition is kept, and each partition's records are together.
        pairs = sorted(zip(sources, good, strict=True), key=itemgetter(0))
        for source, group in groupby(pairs, key=itemgetter(0)):
            yield _columns(source, [message for _, message in group])
    elif good:
        yield _columns(sources[0], good)


def _columns(source: Source, messages: list[Message]) -> Records:
    return Records(
        source=source,
        offsets=[int(m.offset() or 0) for m in messages],
        keys=[m.key() for m in messages],
        values=[m.value() for m in messages],
        timestamps_ms=[m.timestamp()[1] for m in messages],
    )


def _failed(message: Message) -> bool:
    error = message.error()
    if error is None:
        return False
    if error.code() in GONE:
        raise topics.deleted(str(message.topic()))
    if not error.retriable():
        raise PipelineError(f"Kafka: {error.str()}; invoke status")
    return True
