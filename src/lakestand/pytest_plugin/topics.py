"""Kafka for a test: topics and consumer groups of its own."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from lakestand.errors import NotReady
from lakestand.pytest_plugin.names import unique
from lakestand.settings import Settings

SECONDS = 30.0
QUIET = {"log_level": 0}


@dataclass(frozen=True)
class Kafka:
    """Kafka, for clients at *bootstrap_servers*. Topics and groups that begin with *prefix* are the test's own."""

    bootstrap_servers: str
    prefix: str

    def create_topic(self, name: str, partitions: int = 1) -> str:
        """Create a topic, and return its full name, which has the prefix."""
        topic = f"{self.prefix}.{name}"
        admin = self.admin()  # must live as long as its futures
        _finish(admin.create_topics([NewTopic(topic, partitions, 1)]))
        return topic

    def admin(self) -> AdminClient:
        """Return a new client for topics and groups."""
        return AdminClient(self._options())

    def producer(self, **options: Any) -> Producer:  # noqa: ANN401  librdkafka's
        """Return a new producer; *options* are librdkafka's, with underscores for dots."""
        return Producer(self._options(options))

    def consumer(self, *topics: str, **options: Any) -> Consumer:  # noqa: ANN401  librdkafka's
        """Return a new consumer of *topics* from their beginning, in a group that begins with the prefix."""
        own = {"group_id": f"{self.prefix}.group", "auto_offset_reset": "earliest", "isolation_level": "read_committed"}
        consumer = Consumer(self._options(own | options))
        consumer.subscribe(list(topics))
        return consumer

    def read(self, topic: str, count: int, timeout: float = SECONDS) -> list[Message]:
        """Return the first *count* records of *topic*; NotReady when there are not so many within *timeout* seconds."""
        return read(self.bootstrap_servers, topic, count, timeout)

    def _options(self, options: dict[str, Any] | None = None) -> dict[str, Any]:
        named = {name.replace("_", "."): value for name, value in (options or {}).items()}
        return {"bootstrap.servers": self.bootstrap_servers, **QUIET, **named}


def read(bootstrap_servers: str, topic: str, count: int, timeout: float = SECONDS) -> list[Message]:
    """Return the first *count* committed records of *topic*, partition by partition.

    Raises:
        NotReady: when there are not so many within *timeout* seconds.
    """
    options = {"bootstrap.servers": bootstrap_servers, "group.id": unique("reader"), **QUIET}
    consumer = Consumer({**options, "isolation.level": "read_committed", "enable.auto.commit": False})
    records: list[Message] = []
    deadline = time.monotonic() + timeout
    try:
        while len(records) < count:
            if time.monotonic() > deadline:
                raise NotReady(f"{topic} has {len(records)} of {count} records after {timeout:g} s")
            if not consumer.assignment():
                found = consumer.list_topics(topic, timeout=timeout).topics[topic].partitions
                consumer.assign([TopicPartition(topic, number, 0) for number in found])
            records += [m for m in consumer.consume(count - len(records), 0.2) if not m.error()]
    finally:
        consumer.close()
    return records


@contextlib.contextmanager
def kafka(settings: Settings) -> Iterator[Kafka]:
    """Give out Kafka with a new prefix, and delete the topics and groups that begin with it afterwards."""
    own = Kafka(settings.bootstrap_servers, unique("test"))
    try:
        yield own
    finally:
        admin = own.admin()
        topics = [name for name in admin.list_topics(timeout=SECONDS).topics if name.startswith(own.prefix)]
        groups = admin.list_consumer_groups(request_timeout=SECONDS).result().valid
        mine = [group.group_id for group in groups if group.group_id.startswith(own.prefix)]
        with contextlib.suppress(KafkaException):  # gone meanwhile, or a consumer is still in it
            _finish(admin.delete_topics(topics) if topics else {})
            _finish(admin.delete_consumer_groups(mine) if mine else {})


def _finish(futures: dict[str, Future[Any]]) -> None:
    for future in futures.values():
        future.result()
