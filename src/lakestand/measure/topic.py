"""A topic that is full before anybody reads it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from lakestand import probe
from lakestand.errors import ServiceError
from lakestand.measure import history
from lakestand.settings import Settings

SECONDS = 60.0
# As the connectors write.
PRODUCER = {
    "compression.type": "lz4",
    "linger.ms": 5,
    "batch.size": 1 << 20,
    "message.max.bytes": 10 << 20,
    "enable.idempotence": True,
    "log_level": 0,
}


@contextmanager
def filled(settings: Settings, events: int) -> Iterator[str]:
    """A topic of one partition with so many change events of flights; deleted afterwards."""
    if reason := probe.answer(probe.tcp(settings.host, settings.kafka_port)):
        raise ServiceError(f"Kafka: {reason}; invoke up --only kafka --only minio --only iceberg-rest")
    name = f"measure-{uuid.uuid4().hex[:8]}.demo.flights"
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers, "log_level": 0})
    try:
        admin.create_topics([NewTopic(name, 1, 1)])[name].result()
        fill(settings, name, events)
        yield name
    except KafkaException as err:
        raise ServiceError(f"Kafka: {err.args[0].str()}; invoke status") from err
    finally:
        admin.delete_topics([name])[name].result()


def fill(settings: Settings, name: str, events: int) -> None:
    """Send so many change events; a topic that is not there is made."""
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers, **PRODUCER})
    for key, value in history.messages(name, events):
        try:
            producer.produce(name, value, key)
        except BufferError:  # as many wait as may
            producer.flush(SECONDS)
            producer.produce(name, value, key)
    if left := producer.flush(SECONDS):
        raise ServiceError(f"Kafka: {left:,} records are not acknowledged within {SECONDS:g} s; invoke status")
