"""Connectors of a test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from filelock import FileLock

from lakestand.pytest_plugin import topics
from lakestand.pytest_plugin.databases import MySQLDatabase, PostgresDatabase
from lakestand.pytest_plugin.names import unique
from lakestand.settings import Settings
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.presets import MAKERS
from lakestand.sources.registration import register, remove

AnyDatabase = PostgresDatabase | MySQLDatabase


@dataclass(frozen=True)
class Connector:
    """A Debezium connector that streams the changes of *database*."""

    database: AnyDatabase
    config: DebeziumConnectorConfig

    @property
    def name(self) -> str:
        """The connector's name in Kafka Connect."""
        return self.config.name

    @property
    def tables(self) -> list[str]:
        """The captured tables, without their schema."""
        return [table.partition(".")[2] for table in self.config.tables]

    def topic(self, table: str) -> str:
        """Return the topic that has the changes of *table*."""
        return f"{self.config.topic_prefix}.{self.database.schema}.{table}"

    def events(self, table: str, count: int, timeout: float = topics.SECONDS) -> list[dict[str, Any]]:
        """Return the first *count* changes of *table* as Debezium describes them: `op`, `before`, `after`, `source`.

        Raises:
            NotReady: when there are not so many within *timeout* seconds.
        """
        servers = self.database.settings.bootstrap_servers
        records = topics.read(servers, self.topic(table), count, timeout)
        return [json.loads(value)["payload"] for record in records if (value := record.value())]


class ConnectorFactory(Protocol):
    """Registers connectors, and removes them after the test with their slots, publications and topics."""

    def __call__(self, database: AnyDatabase, *tables: str, **fields: object) -> Connector:
        """Capture *tables* of *database*, and return the connector once it streams.

        *fields* are those of DebeziumConnectorConfig that another value than the stand's is wanted for.
        """


@contextmanager
def connectors(settings: Settings) -> Iterator[ConnectorFactory]:
    """Give out a factory for the length of a block, and remove what it has registered."""
    with ExitStack() as made:

        def capture(database: AnyDatabase, *tables: str, **fields: object) -> Connector:
            own: dict[str, object] = {"name": unique("test"), "heartbeat_interval_ms": 0} | fields
            named = [f"{database.schema}.{table}" for table in tables]
            config = MAKERS[database.kind](database.settings, named, **own)
            made.callback(remove, database.settings, config)
            # MySQL's log readers cannot be told apart: two registrations at once would take each other's.
            alone = nullcontext() if database.kind == "postgres" else FileLock(settings.home / "register.lock")
            with alone:
                register(database.settings, config)
            return Connector(database, config)

        yield capture
