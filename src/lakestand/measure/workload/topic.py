"""A topic that holds all of its change events before anybody reads it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from lakestand import probe
from lakestand.clients.registry import Registry, registry_config
from lakestand.errors import ServiceError
from lakestand.measure.workload import avro_history, history
from lakestand.settings import Settings

SECONDS = 60.0
# As Kafka Connect's producers are configured.
PRODUCER = {
    "compression.type": "lz4",
    "linger.ms": 5,
    "batch.size": 1 << 20,
    "message.max.bytes": 10 << 20,
    "enable.idempotence": True,
    "log_level": 0,
}


@contextmanager
def filled(settings: Settings, events: int, *, avro: bool = False) -> Iterator[str]:
    """Give the name of a topic of one partition with *events* change events; deleted afterwards with its subjects.

    Raises:
        ServiceError: Kafka does not answer, or refuses the topic or its records.
    """
    if reason := probe.explain(probe.tcp(settings.host, settings.port("kafka"))):
        raise ServiceError(f"Kafka: {reason}; invoke up --only kafka --only minio --only iceberg-rest")
    name = f"measure_{uuid.uuid4().hex[:8]}.demo.flights"
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers, "log_level": 0})
    try:
        admin.create_topics([NewTopic(name, 1, 1)])[name].result()
        with _subjects(settings, name) if avro else nullcontext() as ids:
            fill(settings, name, events, ids)
            yield name
    except KafkaException as err:
        raise ServiceError(f"Kafka: {err.args[0].str()}; invoke status") from err
    finally:
        admin.delete_topics([name])[name].result()


@contextmanager
def _subjects(settings: Settings, topic: str) -> Iterator[tuple[int, int]]:
    """Give the ids of the registered schemas of keys and values."""
    registry, (key, value) = Registry(registry_config(settings)), avro_history.schemas(topic).values()
    try:
        yield registry.register(f"{topic}-key", key), registry.register(f"{topic}-value", value)
    finally:
        for part in ("key", "value"):
            registry.remove(f"{topic}-{part}")


def fill(settings: Settings, name: str, events: int, ids: tuple[int, int] | None = None) -> None:
    """Send *events* change events to the topic *name*, as Avro with the schemas of *ids*, else as JSON.

    Kafka makes a topic that is missing. ServiceError when records are not acknowledged within a minute.
    """
    messages = avro_history.messages(name, events, ids=ids) if ids else history.messages(name, events)
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers, **PRODUCER})
    for key, value in messages:
        try:
            producer.produce(name, value, key)
        except BufferError:  # as many wait as may
            producer.flush(SECONDS)
            producer.produce(name, value, key)
    if left := producer.flush(SECONDS):
        raise ServiceError(f"Kafka: {left:,} records are not acknowledged within {SECONDS:g} s; invoke status")
