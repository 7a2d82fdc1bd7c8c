"""Reading rows of a connector's tables again, while it streams on: Debezium's incremental snapshots, by way of Kafka.

A change that the stream brings meanwhile wins over the row that was read: watermarks in the log tell which came first.
In MySQL and MariaDB these are the ids of transactions; in PostgreSQL rows of a signal table, the connector's own
or one that is made for the purpose, for Debezium 3.5 fails at the ids of its transactions.
Source: Debezium, "Read-only incremental snapshots" and "Sending signals to a Debezium connector".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from lakestand import probe
from lakestand.errors import ConnectorFailed, NotReady, ServiceError
from lakestand.settings import Settings
from lakestand.sources import signals as signals_of
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import Database

# So many keys stand in one signal; more keys than READ_ALL read the whole table, which is then cheaper.
KEYS, READ_ALL = 500, 10_000
QUIET_SECONDS = 60.0
# Debezium's first query after a restart fails now and then, before it reaches the server; the next one does not.
DONE, FAILED, ATTEMPTS = b"TABLE_SCAN_COMPLETED", b"SQL_EXCEPTION", 3
HEARTBEAT = "heartbeat.interval.ms"
# What signals replace, and the prefix under which a connector keeps it meanwhile, should this process be killed.
REPLACED, KEPT = (HEARTBEAT, "signal.data.collection"), "lakestand.kept."
# The windows of a read-only snapshot end with a heartbeat.
READ_ONLY = {"read.only": "true", HEARTBEAT: "500"}


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
    _asked: list[dict[str, object]] = field(default_factory=list)

    def request(self, table: str, columns: Sequence[str], keys: Sequence[tuple[object, ...]]) -> None:
        """Ask for the rows of *table* whose key *columns* have the values of one of *keys*."""
        if len(keys) > READ_ALL:
            self._ask(table, "")
            return
        for first in range(0, len(keys), KEYS):
            self._ask(table, self.database.condition(columns, keys[first : first + KEYS]))

    def wait(self) -> None:
        """Wait until everything that was asked for is in Kafka.

        Raises:
            ServiceError: when the connector could not read the rows, has sent nothing of it for a minute, or FAILED.
        """
        signals, failed = list(self._asked), 0
        for attempt in range(1, ATTEMPTS + 1):
            self._wait_for(attempt * len(signals))
            before, failed = failed, self._count(FAILED)
            if failed == before:
                return
            for signal in signals:  # again: rows that were read come twice, and are the same
                self._send(signal)
        raise ServiceError(f"connector {self.config.name} cannot read rows again; look at: invoke logs connect")

    def _wait_for(self, tables: int) -> None:
        client = DebeziumClient(self.settings.connect_url)

        def is_done() -> bool:
            client.is_running(self.config.name)
            return self._count(DONE) >= tables

        try:
            probe.until_it_stalls(is_done, QUIET_SECONDS, f"{self.config.name} reads rows again", self._count)
        except NotReady as err:
            raise ServiceError(f"{err}; look at: invoke logs connect") from err

    def _ask(self, table: str, condition: str) -> None:
        data: dict[str, object] = {"data-collections": [signals_of.collection(table)], "type": "INCREMENTAL"}
        if condition:
            data["additional-conditions"] = [{"data-collection": signals_of.collection(table), "filter": condition}]
        self._asked.append(data)
        self._send(data)

    def _send(self, data: dict[str, object]) -> None:
        signal = {"id": uuid.uuid4().hex, "type": "execute-snapshot", "data": data}
        producer = Producer({"bootstrap.servers": self.settings.bootstrap_servers, "log_level": 0})
        producer.produce(self.signals, json.dumps(signal), self.config.topic_prefix)
        if producer.flush(10.0):
            raise ServiceError("Kafka does not acknowledge a signal; invoke status")

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
    table = config.signal_table or f"{database.schema}.lakestand_signals_{mark}"
    signals, notices = topics = (f"lakestand-signals-{mark}", f"lakestand-notices-{mark}")
    properties = dict(client.get_connector(config.name)["config"])
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers, "log_level": 0})
    for future in admin.create_topics([NewTopic(topic, 1) for topic in topics]).values():
        future.result()
    added = _signalling(settings, topics) | (_watermarks(table) if config.database == "postgres" else READ_ONLY)
    original = _without_signals(properties, added)
    try:
        if config.database == "postgres":
            signals_of.prepare(database, table)
        _configure(client, config.name, _with_signals(original, added))
        yield Rereader(settings, database, config, signals, notices)
    finally:
        _configure(client, config.name, original)
        if config.database == "postgres" and table != config.signal_table:
            database.execute(f"DROP TABLE {database.quote(table)}")
        for future in admin.delete_topics(list(topics)).values():
            future.result()


def _without_signals(properties: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """*properties* of a connector as they were before an earlier repair, which was killed, *added* its own."""
    kept = {name.removeprefix(KEPT): value for name, value in properties.items() if name.startswith(KEPT)}
    if not kept:
        return dict(properties)
    return {n: v for n, v in properties.items() if n not in added and not n.startswith(KEPT)} | kept


def _with_signals(original: Mapping[str, str], signals: Mapping[str, str]) -> dict[str, str]:
    kept = {KEPT + name: original[name] for name in REPLACED if name in original}
    return {name: value for name, value in original.items() if name not in REPLACED} | dict(signals) | kept


def _signalling(settings: Settings, topics: Sequence[str]) -> dict[str, str]:
    signals, notices = topics
    return {
        "signal.enabled.channels": "source,kafka",
        "signal.kafka.topic": signals,
        "signal.kafka.bootstrap.servers": settings.within.bootstrap_servers,
        "signal.poll.interval.ms": "200",
        "notification.enabled.channels": "sink",
        "notification.sink.topic.name": notices,
    }


def _watermarks(table: str) -> dict[str, str]:
    return {"signal.data.collection": table}


def _configure(client: DebeziumClient, name: str, properties: Mapping[str, str]) -> None:
    client.configure(name, properties)
    try:
        client.wait_until_running(name)
    except ConnectorFailed as err:
        raise ConnectorFailed(f"{err}; invoke connectors.restart {name}") from err
