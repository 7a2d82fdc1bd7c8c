"""The topics that a pipeline reads: their ids, partitions and offsets, and what can be wrong with them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from lakestand import probe
from lakestand.clients import retry
from lakestand.clients.kafka import ASK_SECONDS, LEADERLESS
from lakestand.errors import NotReady, PipelineError, PositionError
from lakestand.lake.table import Partition

QUIET_SECONDS = 3.0
PASSING = (*LEADERLESS, KafkaError.UNKNOWN_TOPIC_OR_PART)


@dataclass(frozen=True)
class TopicDescription:
    """A topic as Kafka describes it. A topic that is deleted and created again has another id."""

    name: str
    id: str
    partition_count: int

    @property
    def partitions(self) -> list[Partition]:
        """The topic's partitions, in the order of their numbers."""
        return [Partition(self.name, number) for number in range(self.partition_count)]


def describe(admin: AdminClient, names: Sequence[str]) -> dict[str, TopicDescription]:
    """Describe those topics of *names* that exist, by name; PipelineError when Kafka cannot answer."""
    topics = {}
    for name, future in admin.describe_topics(TopicCollection(list(names)), request_timeout=ASK_SECONDS).items():
        try:
            description = future.result()
        except KafkaException as err:
            if err.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                continue
            raise PipelineError(f"Kafka cannot describe topic {name}: {err.args[0].str()}; invoke status") from err
        topics[name] = TopicDescription(name, str(description.topic_id), len(description.partitions))
    return topics


def offset_bounds(consumer: Consumer, partition: Partition) -> tuple[int, int]:
    """The first offset that *partition* holds and the one after its last; waits while it has no leader."""
    return retry.while_leaderless(PASSING)(
        lambda: consumer.get_watermark_offsets(topic_partition(partition, 0), timeout=ASK_SECONDS)
    )


def wait_for(admin: AdminClient, names: Sequence[str], seconds: float) -> dict[str, TopicDescription]:
    """Describe those of *names* that exist, once all do or after *seconds*: a connector may be about to create them.

    PipelineError when none exists by then.
    """
    topics: dict[str, TopicDescription] = {}

    def all_exist() -> bool:
        topics.update(describe(admin, [n for n in names if n not in topics]))
        return len(topics) == len(set(names))

    with contextlib.suppress(NotReady):
        probe.until(all_exist, seconds, "topics")
    if not topics:
        raise absence_error(list(names), seconds)
    return topics


def absence_error(names: Sequence[str], seconds: float) -> PipelineError:
    """The error for topics that did not exist after *seconds*."""
    return PipelineError(
        f"no topic {', '.join(names)} within {seconds:g} s: is a connector registered for the table, and is the table "
        "not empty? invoke connectors.status; invoke topics.list"
    )


def deletion_error(name: str) -> PipelineError:
    """The error for a topic that does not exist any more."""
    return PipelineError(
        f"topic {name} was deleted under the pipeline; what was read of it is in the tables. "
        "If its connector makes it again, drop the tables to fill them anew; else leave it out"
    )


@dataclass
class DeletionWatch:
    """Notices that a topic was deleted: a consumer waits for a deleted topic forever, and reports nothing."""

    admin: AdminClient
    topics: dict[str, TopicDescription]
    _checked_at: float = field(default_factory=time.monotonic)

    def deleted(self, *, quiet: bool) -> set[str]:
        """The names of topics that are gone, or have another id; each is named once.

        Kafka is asked every QUIET_SECONDS at most, and only if *quiet*: while records come, the topics exist.
        """
        if not quiet or time.monotonic() - self._checked_at < QUIET_SECONDS:
            return set()
        self._checked_at = time.monotonic()
        try:
            present = describe(self.admin, list(self.topics))
        except PipelineError:
            return set()  # Kafka does not answer: the consumer waits for it, and so do we
        deleted = {n for n, topic in self.topics.items() if n not in present or present[n].id != topic.id}
        self.topics = {name: topic for name, topic in self.topics.items() if name not in deleted}
        return deleted


def check_position(
    topic: TopicDescription, partition: Partition, position: int, *, stored_id: str, end: int, table: str
) -> None:
    """Raise PositionError when a table's *position* cannot be one of *topic*.

    *stored_id* is the topic's id when the table was written, "" before its first commit; *end* is the offset after the
    partition's last record.
    """
    if stored_id and stored_id != topic.id:
        raise PositionError(
            f"{table} was filled from topic {topic.name} with id {stored_id}, but that topic was deleted and made "
            f"again (id {topic.id}): its offsets mean other events. Drop the table to fill it anew from the new topic"
        )
    if position > end:
        raise PositionError(
            f"{table} holds {partition.topic}[{partition.number}] up to {position}, but the topic ends at {end}: Kafka "
            "lost records or its data was replaced. Drop the table to fill it anew"
        )


def topic_partition(partition: Partition, offset: int) -> TopicPartition:
    """*offset* of *partition*, as Kafka's client takes it."""
    return TopicPartition(partition.topic, partition.number, offset)
