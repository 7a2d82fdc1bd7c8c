"""Reading rows of a connector's tables again, while it streams on: Debezium's incremental snapshots, by way of Kafka.

Nothing is written to the database: watermarks are the transactions that were open when a chunk of rows was read, and
a change that the stream brings meanwhile wins over the row that was read.
Source: Debezium, "Read-only incremental snapshots" and "Sending signals to a Debezium connector".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from lakestand import probe
from lakestand.errors import ConnectorFailed, NotReady, ServiceError
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import Database

# So many keys stand in one signal; more keys than READ_ALL read the whole table, which is then cheaper.
KEYS, READ_ALL = 500, 10_000
QUIET_SECONDS = 60.0
DONE = b"TABLE_SCAN_COMPLETED"
HEARTBEAT = "heartbeat.interval.ms"
KEPT = f"lakestand.{HEARTBEAT}"
# A window of rows ends with the next transaction. PostgreSQL has none of its own; the message is in no topic.
TICK = "SELECT pg_logical_emit_message(true, 'lakestand-heartbeat', '')"


@dataclass
class Rereader:
    """A connector that takes signals from Kafka, until `rereading` ends.

    Attributes:
        signals: the topic that it takes them from.
        notices: the topic that it writes its progress to.
    """

    settings: Settings
    database: Database
    config: DebeziumConnectorConfig
    signals: str
    notices: str
    requests: int = 0

    def request(self, table: str, columns: Sequence[str], keys: Sequence[tuple[object, ...]]) -> None:
        """Ask for the rows of *table* whose key *columns* have the values of one of *keys*."""
        if len(keys) > READ_ALL:
            self._send(table, "")
            return
        for first in range(0, len(keys), KEYS):
            self._send(table, self.database.condition(columns, keys[first : first + KEYS]))

    def wait(self) -> None:
        """Wait until everything that was asked for is in Kafka.

        Raises:
            ServiceError: when the connector has sent nothing of it for a minute, or FAILED.
        """
        client = DebeziumClient(self.settings.connect_url)

        def is_done() -> bool:
            client.is_running(self.config.name)
            if self.config.database == "postgres":
                self.database.execute(TICK)
            return self._count(DONE) >= self.requests

        try:
            probe.until_it_stalls(is_done, QUIET_SECONDS, f"{self.config.name} reads rows again", self._count)
        except NotReady as err:
            raise ServiceError(f"{err}; look at: invoke logs connect") from err

    def _send(self, table: str, condition: str) -> None:
        data: dict[str, object] = {"data-collections": [table], "type": "INCREMENTAL"}
        if condition:
            data["additional-conditions"] = [{"data-collection": table, "filter": condition}]
        signal = {"id": uuid.uuid4().hex, "type": "execute-snapshot", "data": data}
        producer = Producer({"bootstrap.servers": self.settings.bootstrap_servers, "log_level": 0})
        producer.produce(self.signals, json.dumps(signal), self.config.topic_prefix)
        if producer.flush(10.0):
            raise ServiceError("Kafka does not acknowledge a signal; invoke status")
        self.requests += 1

    def _count(self, text: bytes = b"") -> int:
        """The number of notices that hold *text*, which both JSON and Avro write as it is."""
        group = {"group.id": f"lakestand-{uuid.uuid4().hex}", "isolation.level": "read_committed"}
        consumer = Consumer({"bootstrap.servers": self.settings.bootstrap_servers, "log_level": 0, **group})
        try:
            _, end = consumer.get_watermark_offsets(TopicPartition(self.notices, 0), timeout=10)
            consumer.assign([TopicPartition(self.notices, 0, 0)])
            records = consumer.consume(end, 0.5) if end else []
            return sum(text in (record.value() or b"") for record in records)
        finally:
            consumer.close()


@contextmanager
def rereading(settings: Settings, database: Database, config: DebeziumConnectorConfig) -> Iterator[Rereader]:
    """Let a connector take signals from Kafka for the length of a block; it restarts before and after it.

    Raises:
        ConnectorFailed: when it does not run with its signals, or without them again.
    """
    client, mark = DebeziumClient(settings.connect_url), uuid.uuid4().hex[:8]
    signals, notices = topics = (f"lakestand-signals-{mark}", f"lakestand-notices-{mark}")
    properties = dict(client.get_connector(config.name)["config"])
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers, "log_level": 0})
    for future in admin.create_topics([NewTopic(topic, 1) for topic in topics]).values():
        future.result()
    added = _signalling(settings, config, topics)
    original = {name: value for name, value in properties.items() if name not in added.keys() | {KEPT}}
    original[HEARTBEAT] = properties.get(KEPT) or properties.get(HEARTBEAT, "0")
    try:
        _configure(client, config.name, original | added | {KEPT: original[HEARTBEAT]})
        yield Rereader(settings, database, config, signals, notices)
    finally:
        _configure(client, config.name, original)
        for future in admin.delete_topics(list(topics)).values():
            future.result()


def _signalling(settings: Settings, config: DebeziumConnectorConfig, topics: Sequence[str]) -> dict[str, str]:
    signals, notices = topics
    within = settings.within.bootstrap_servers
    return {
        "read.only": "true",
        "signal.enabled.channels": "kafka",
        "signal.kafka.topic": signals,
        "signal.kafka.bootstrap.servers": within,
        "signal.poll.interval.ms": "200",
        "notification.enabled.channels": "sink",
        "notification.sink.topic.name": notices,
        # Debezium 3.5 fails at a heartbeat of PostgreSQL within a read-only snapshot; MySQL's end its windows.
        HEARTBEAT: "0" if config.database == "postgres" else "500",
    }


def _configure(client: DebeziumClient, name: str, properties: Mapping[str, str]) -> None:
    client.configure(name, properties)
    try:
        client.wait_until_running(name)
    except ConnectorFailed as err:
        raise ConnectorFailed(f"{err}; invoke connectors.restart {name}") from err
