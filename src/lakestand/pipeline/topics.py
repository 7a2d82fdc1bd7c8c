"""The topics that a pipeline reads: their ids, partitions and ends, and what may be wrong with them."""

from __future__ import annotations

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
    """A topic as it is now. A topic that is deleted and made again has another id."""

    name: str
    id: str
    partition_count: int

    @property
    def partitions(self) -> list[Partition]:
        """Its partitions."""
        return [Partition(self.name, number) for number in range(self.partition_count)]


def describe(admin: AdminClient, names: Sequence[str]) -> dict[str, TopicDescription]:
    """Those of *names* that exist."""
    found = {}
    for name, future in admin.describe_topics(TopicCollection(list(names)), request_timeout=ASK_SECONDS).items():
        try:
            topic = future.result()
        except KafkaException as err:
            if err.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                continue
            raise PipelineError(f"Kafka cannot describe topic {name}: {err.args[0].str()}; invoke status") from err
        found[name] = TopicDescription(name, str(topic.topic_id), len(topic.partitions))
    return found


def offset_bounds(consumer: Consumer, partition: Partition) -> tuple[int, int]:
    """The first offset that a partition holds and the one after its last; waits while it has no leader."""
    return retry.while_leaderless(PASSING)(
        lambda: consumer.get_watermark_offsets(topic_partition(partition, 0), timeout=ASK_SECONDS)
    )


def wait_for(admin: AdminClient, names: Sequence[str], seconds: float) -> dict[str, TopicDescription]:
    """All of *names*, which a connector may still be about to make."""
    found: dict[str, TopicDescription] = {}

    def there() -> bool:
        found.update(describe(admin, [n for n in names if n not in found]))
        return len(found) == len(names)

    try:
        probe.until(there, seconds, "topics")
    except NotReady as err:
        missing = ", ".join(n for n in names if n not in found)
        raise PipelineError(
            f"no topic {missing} within {seconds:g} s: is a connector registered for the table, and is the table not "
            "empty? invoke connectors.status; invoke topics.list"
        ) from err
    return found


def deletion_error(name: str) -> PipelineError:
    """What to say of a topic that is no more."""
    return PipelineError(
        f"topic {name} was deleted under the pipeline; what was read of it is in the tables. "
        "If its connector makes it again, drop the tables to fill them anew; else leave it out"
    )


@dataclass
class DeletionWatch:
    """Looks after the topics while nothing comes: a consumer waits for a deleted topic without a word."""

    admin: AdminClient
    topics: dict[str, TopicDescription]
    _looked: float = field(default_factory=time.monotonic)

    def check(self, *, quiet: bool) -> None:
        """PipelineError when a topic is gone or is another; asks Kafka every few seconds, if *quiet*."""
        if not quiet or time.monotonic() - self._looked < QUIET_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            now = describe(self.admin, list(self.topics))
        except PipelineError:
            return  # Kafka is away: the consumer waits for it, so do we
        for name, topic in self.topics.items():
            if name not in now or now[name].id != topic.id:
                raise deletion_error(name)


def check_position(
    topic: TopicDescription, partition: Partition, position: int, *, stored_id: str, end: int, table: str
) -> None:
    """PositionError when a table's position cannot be one of this topic."""
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
    """As the consumer wants it."""
    return TopicPartition(partition.topic, partition.number, offset)
