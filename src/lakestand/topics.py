"""Kafka's topics as they are now."""

from __future__ import annotations

from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient

from lakestand import probe
from lakestand.errors import ServiceError
from lakestand.pipeline.event import Source
from lakestand.pipeline.topics import span
from lakestand.settings import Settings

SECONDS = 10.0

# What is appended to a topic's name for the one that takes its undecodable records.
DEAD_LETTER = ".dead-letter"


@dataclass(frozen=True)
class TopicSize:
    """A topic, its partitions and its offsets (transaction marks count too)."""

    name: str
    partitions: int
    offsets: int


def sizes(settings: Settings) -> list[TopicSize]:
    """All topics, sorted by name."""
    host, _, port = settings.bootstrap_servers.rpartition(":")
    if reason := probe.answer(probe.tcp(host, int(port))):  # the client itself would try for 10 s
        raise ServiceError(f"Kafka: {reason}; does it run? invoke status")
    address: dict[str, str | int | float | bool] = {"bootstrap.servers": settings.bootstrap_servers, "log_level": 0}
    consumer = Consumer(address | {"group.id": "lakestand-topics"})
    try:
        topics = AdminClient(address).list_topics(timeout=SECONDS).topics
        return [_size(consumer, name, len(topics[name].partitions)) for name in sorted(topics)]
    except KafkaException as err:
        raise ServiceError(f"Kafka {settings.bootstrap_servers}: {err.args[0].str()}; invoke status") from err
    finally:
        consumer.close()


def _size(consumer: Consumer, name: str, partitions: int) -> TopicSize:
    spans = [span(consumer, Source(name, number)) for number in range(partitions)]
    return TopicSize(name, partitions, sum(high - low for low, high in spans))
