"""MySQL as a source of changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pymysql
from pymysql.cursors import SSCursor

from lakestand.connectors.config import DebeziumConnectorConfig
from lakestand.errors import ServiceError
from lakestand.services import mysql as service
from lakestand.settings import Settings
from lakestand.sources.table import CHUNK, as_arrow


def connect(settings: Settings) -> pymysql.Connection[pymysql.cursors.Cursor]:
    """An autocommit connection; ServiceError when there is none to be had."""
    try:
        return service.connect(settings)
    except pymysql.OperationalError as err:
        raise ServiceError(f"MySQL: {err.args[-1]}; does it run? invoke status") from err


def ident(table: str) -> str:
    """database.table, quoted."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in table.split("."))


@dataclass(frozen=True)
class MySQL:
    """The stand's MySQL database."""

    settings: Settings

    def tables(self) -> list[str]:
        """All tables outside the system's databases."""
        query = (
            "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables WHERE table_schema NOT IN "
            "('mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY 1"
        )
        return [name for (name,) in self._rows(query)]

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns, in order."""
        query = (
            "SELECT column_name FROM information_schema.columns WHERE CONCAT(table_schema, '.', table_name) = %s "
            "ORDER BY ordinal_position"
        )
        return [name for (name,) in self._rows(query, [table])]

    def key(self, table: str) -> list[str]:
        """Names of the primary key's columns, in order."""
        query = (
            "SELECT column_name FROM information_schema.key_column_usage WHERE constraint_name = 'PRIMARY' "
            "AND CONCAT(table_schema, '.', table_name) = %s ORDER BY ordinal_position"
        )
        return [name for (name,) in self._rows(query, [table])]

    def load(self, table: str, rows: pa.Table) -> None:
        """INSERTs of many rows; LOAD DATA cannot tell an empty text from null in what Arrow writes."""
        names, marks = ", ".join(f"`{n}`" for n in rows.column_names), ", ".join(["%s"] * rows.num_columns)
        statement = f"INSERT INTO {ident(table)} ({names}) VALUES ({marks})"  # noqa: S608  quoted
        with connect(self.settings) as connection, connection.cursor() as cursor:
            connection.begin()
            for batch in rows.to_batches(CHUNK):
                cursor.executemany(statement, list(zip(*(c.to_pylist() for c in batch.columns), strict=True)))
            connection.commit()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with connect(self.settings) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)

    def chunks(self, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """An unbuffered cursor: one statement sees one instant, memory is bounded."""
        names = ", ".join(f"`{name}`" for name in schema.names)
        with connect(self.settings) as connection, connection.cursor(SSCursor) as cursor:
            cursor.execute(f"SELECT {names} FROM {ident(table)}")  # noqa: S608  quoted above
            while rows := cursor.fetchmany(CHUNK):
                yield as_arrow(rows, schema)

    def attached(self, _config: DebeziumConnectorConfig) -> bool:
        """Whether a binlog reader is connected (a dump thread; performance_schema knows its id, the list does not)."""
        return any(str(row[4]).startswith("Binlog Dump") for row in self._rows("SHOW PROCESSLIST"))

    def detach(self, _config: DebeziumConnectorConfig) -> None:
        """A reader leaves nothing behind in MySQL."""

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with connect(self.settings) as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters or None)
            return list(cursor.fetchall())
