"""Signals to a running connector, sent through a table that it reads.

Source: Debezium, "Sending signals to a Debezium connector".
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence

from lakestand.errors import BadArgument, ServiceError
from lakestand.lake.names import TableName
from lakestand.sources import includes
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import Database

COLUMNS = "id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048)"


def prepare(database: Database, table: str) -> None:
    """Create the signal table where it is missing; do so before its connector is registered."""
    if not database.columns(table):
        database.execute(f"CREATE TABLE {database.quote(table)} ({COLUMNS})")


def snapshot(database: Database, config: DebeziumConnectorConfig, tables: Sequence[str]) -> str:
    """Ask a connector for an incremental snapshot of *tables* beside its stream, and return the signal's id.

    Raises:
        BadArgument: when the connector does not read one of the tables.
        ServiceError: when it has no signal table.
    """
    if not config.signal_table:
        raise ServiceError(f"connector {config.name} has no signal table: register it with --signal-table")
    names = [str(TableName.parse(table)) for table in tables]
    if unread := [name for name in names if name not in config.tables]:
        raise BadArgument(f"connector {config.name} does not read {', '.join(unread)}, only {', '.join(config.tables)}")
    signal_id = f"snapshot-{uuid.uuid4()}"
    # MySQL names collections database.table, PostgreSQL schema.table: as the connector's own list does.
    data = json.dumps({"data-collections": [collection(name) for name in names], "type": "incremental"})
    table = database.quote(config.signal_table).replace("%", "%%")
    database.execute(f"INSERT INTO {table} VALUES (%s, 'execute-snapshot', %s)", [signal_id, data])  # noqa: S608  quoted
    return signal_id


def collection(table: str) -> str:
    """Return *table* as a signal names it: Debezium takes it for a regular expression that ignores case."""
    return table if re.fullmatch(r"\w+\.\w+", table, re.ASCII) else includes.expression(table)
