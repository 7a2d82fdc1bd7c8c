"""Signals to a running connector by a table of its source (Debezium, "Sending signals to a Debezium connector")."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from lakestand.errors import ServiceError
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import Database

COLUMNS = "id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048)"


def prepare(source: Database, table: str) -> None:
    """Make the signal table, before a connector with it is registered."""
    if not source.columns(table):
        source.execute(f"CREATE TABLE {source.quote(table)} ({COLUMNS})")


def snapshot(source: Database, config: DebeziumConnectorConfig, tables: Sequence[str]) -> str:
    """Ask for an incremental snapshot of *tables*, beside the stream; the signal's id.

    ServiceError when the connector has no signal table, or does not read one of the tables.
    """
    if not config.signal_table:
        raise ServiceError(f"connector {config.name} has no signal table: register it with --signal-table")
    if strange := [t for t in tables if t not in config.tables]:
        raise ServiceError(
            f"connector {config.name} does not read {', '.join(strange)}, only {config.table_include_list}"
        )
    name = f"snapshot-{uuid.uuid4()}"
    # MySQL names collections database.table, PostgreSQL schema.table: as the connector's own list does.
    data = json.dumps({"data-collections": list(tables), "type": "incremental"})
    table = source.quote(config.signal_table).replace("%", "%%")
    source.execute(f"INSERT INTO {table} VALUES (%s, 'execute-snapshot', %s)", [name, data])  # noqa: S608  quoted
    return name
