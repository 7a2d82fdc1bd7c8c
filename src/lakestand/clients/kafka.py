"""What Kafka's topics hold now, and the constants that all clients of Kafka share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from lakestand import probe
from lakestand.clients import retry
from lakestand.errors import ServiceError
from lakestand.settings import Settings

ASK_SECONDS = 10.0
# A broker's errors for a topic that has just moved or has just been created; librdkafka does not retry them here.
LEADERLESS = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)

# The suffix of the topic that takes the undecodable records of another topic.
DEAD_LETTER = ".dead-letter"


@dataclass(frozen=True)
class TopicSize:
    """A topic with the number of its partitions and of its offsets, which include transaction markers."""

    name: str
    partitions: int
    offsets: int


def topic_sizes(settings: Settings) -> list[TopicSize]:
    """Return the sizes of all topics, by name; a topic that is being deleted is left out.

    Raises:
        ServiceError: when Kafka does not answer.
    """
    admin = _admin(settings)
    try:
        # A topic that is being deleted has no leader for a moment.
        return retry.while_leaderless(LEADERLESS)(_sizes, admin)
    except KafkaException as err:
        raise ServiceError(f"Kafka {settings.bootstrap_servers}: {err.args[0].str()}; invoke status") from err


def topic_names(settings: Settings) -> list[str]:
    """Return the names of all topics, sorted; ServiceError when Kafka does not answer."""
    try:
        return sorted(_admin(settings).list_topics(timeout=ASK_SECONDS).topics)
    except KafkaException as err:
        raise ServiceError(f"Kafka {settings.bootstrap_servers}: {err.args[0].str()}; invoke status") from err


def _admin(settings: Settings) -> AdminClient:
    host, _, port = settings.bootstrap_servers.rpartition(":")
    if reason := probe.explain(probe.tcp(host, int(port))):  # the client itself would try for 10 s
        raise ServiceError(f"Kafka: {reason}; does it run? invoke status")
    return AdminClient({"bootstrap.servers": settings.bootstrap_servers, "log_level": 0})


def _sizes(admin: AdminClient) -> list[TopicSize]:
    topics = admin.list_topics(timeout=ASK_SECONDS).topics
    partitions = [TopicPartition(name, number) for name, topic in topics.items() for number in topic.partitions]
    specs = (OffsetSpec.earliest(), OffsetSpec.latest())  # type: ignore[no-untyped-call]
    first, end = (_offsets(admin, partitions, spec) for spec in specs)
    return [
        TopicSize(name, len(topics[name].partitions), sum(end[name]) - sum(first[name]))
        for name in sorted(first.keys() & end.keys())
    ]


def _offsets(admin: AdminClient, partitions: list[TopicPartition], spec: OffsetSpec) -> dict[str, list[int]]:
    """Return by topic the offset that *spec* means in each partition, without topics that are gone."""
    offsets: defaultdict[str, list[int]] = defaultdict(list)
    gone = set()
    for partition, answer in admin.list_offsets(dict.fromkeys(partitions, spec), request_timeout=ASK_SECONDS).items():
        try:
            offsets[partition.topic].append(answer.result().offset)
        except KafkaException as err:
            if err.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise
            gone.add(partition.topic)
    return {name: numbers for name, numbers in offsets.items() if name not in gone}
