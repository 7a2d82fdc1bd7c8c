"""MySQL as a source of changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import pymysql
from pymysql.cursors import SSCursor

from lakestand.clients.sql import quote
from lakestand.errors import ServiceError
from lakestand.lake.names import TableName
from lakestand.settings import Settings
from lakestand.sources import mysql_facts, spelling
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import View
from lakestand.sources.facts import TableFacts
from lakestand.stand.services import mysql as service

if TYPE_CHECKING:  # an extra, for reading rows
    import pyarrow as pa

Connection: TypeAlias = "pymysql.Connection[pymysql.cursors.Cursor]"


def connect(settings: Settings, server: service.Server = "mysql") -> Connection:
    """Open an autocommit connection to MySQL or MariaDB; ServiceError when the server does not answer."""
    try:
        return service.connect(settings, server=server)
    except pymysql.OperationalError as err:
        raise _away(err, server) from err


def _away(err: pymysql.OperationalError, server: service.Server) -> ServiceError:
    return ServiceError(f"{service.TITLES[server]}: {err.args[-1]}; does it run? invoke up --only {server}")


def ident(table: str) -> str:
    """Return database.table with each part in backticks."""
    return ".".join(map(quote, filter(None, TableName.parse(table))))


@dataclass(frozen=True)
class MySQL:
    """The stand's MySQL database."""

    settings: Settings
    server: ClassVar[service.Server] = "mysql"
    position: ClassVar[str] = "@@GLOBAL.gtid_executed"
    spellings: ClassVar[Mapping[str, str]] = spelling.MYSQL

    @property
    def schema(self) -> str:
        """The name of the stand's database, which is the first part of its tables' names."""
        return self.settings.mysql_database

    def connect(self) -> Connection:
        """Open an autocommit connection; ServiceError when the server does not answer."""
        return connect(self.settings, self.server)

    def tables(self) -> list[str]:
        """Return database.table for all tables outside the system's databases."""
        query = (
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN "
            "('mysql', 'sys', 'information_schema', 'performance_schema') AND table_type = 'BASE TABLE'"
        )
        return sorted(str(TableName(*row)) for row in self._rows(query))

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns, in order."""
        return list(self.types(table))

    def types(self, table: str) -> dict[str, str]:
        """Return each column's data_type: int, mediumtext."""
        query = (
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position"
        )
        return dict(self._rows(query, TableName.parse(table)))

    def key(self, table: str) -> list[str]:
        """Return the names of the key's columns, in order: see `TableFacts.key_index`."""
        return next((facts.key for facts in self.facts([table])), [])

    def has_rows(self, table: str) -> bool:
        """Return whether a table has any row."""
        return bool(self._rows(f"SELECT 1 FROM {self.quote(table)} LIMIT 1"))  # noqa: S608  quoted

    def facts(self, tables: Sequence[str]) -> list[TableFacts]:
        """Return what the catalogue says of those of *tables* that exist."""
        return mysql_facts.read(tables, self._rows)

    def quote(self, name: str) -> str:
        """Return the name of a table in backticks, or of a column without a dot."""
        return ident(name)

    def condition(self, columns: Sequence[str], keys: Sequence[tuple[object, ...]]) -> str:
        """Return (column, …) IN ((literal, …), …)."""
        with self.connect() as connection:
            rows = ", ".join(f"({', '.join(map(connection.literal, key))})" for key in keys)
        return f"({', '.join(map(quote, columns))}) IN ({rows})"

    def load(self, table: str, rows: pa.Table) -> None:
        """Add rows by INSERTs of many, for LOAD DATA reads Arrow's empty texts as nulls."""
        from lakestand.sources.text import CHUNK  # noqa: PLC0415

        names, marks = ", ".join(map(quote, rows.column_names)), ", ".join(["%s"] * rows.num_columns)
        into = f"{ident(table)} ({names})".replace("%", "%%")  # the driver replaces any single % by a value
        statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608  quoted
        with self.connect() as connection, connection.cursor() as cursor:
            connection.begin()
            for batch in rows.to_batches(CHUNK):
                cursor.executemany(statement, list(zip(*(c.to_pylist() for c in batch.columns), strict=True)))
            connection.commit()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement in a transaction of its own."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)

    def chunks(self, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Yield rows from one statement, which sees one instant, by an unbuffered cursor."""
        with self.view(table, schema) as view:
            yield from view.chunks

    @contextmanager
    def view(self, table: str, schema: pa.Schema) -> Iterator[View]:
        """Open a consistent snapshot; `View.at` are the GTIDs of the transactions before it."""
        try:
            with self.connect() as connection, connection.cursor() as cursor:
                cursor.execute("SET time_zone = '+00:00'")
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
                cursor.execute(f"SELECT {self.position}, count(*) FROM {ident(table)}")  # noqa: S608  quoted
                (at, rows), *_ = cursor.fetchall()
                yield View(at=f"GTID {at}", rows=rows, chunks=self._lines(connection, table, schema))
        except pymysql.OperationalError as err:
            raise _away(err, self.server) from err

    def _lines(self, connection: Connection, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        from lakestand.sources.text import as_arrow, blocks  # noqa: PLC0415

        types = self.types(table)
        fields = ", ',', ".join(spelling.mysql(quote(f.name), types[f.name], f.type, self.spellings) for f in schema)
        with connection.cursor(SSCursor) as cursor:
            cursor.execute(f"SELECT CONCAT({fields}, CHAR(10)) FROM {ident(table)}")  # noqa: S608  quoted
            for block in blocks(self._encode_line(row, table) for (row,) in cursor):
                yield as_arrow(block, schema, self.settings.unrepresentable)

    def prepare(self, config: DebeziumConnectorConfig) -> None:
        """Do nothing: MySQL keeps nothing of a connector."""

    def readers(self, _config: DebeziumConnectorConfig) -> frozenset[int]:
        """Return the ids of all dump threads: only performance_schema, which is off, knows which reader has which."""
        # SHOW PROCESSLIST would return everybody's statements, cut after 100 bytes, even within a character.
        query = "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'"
        return frozenset(number for (number,) in self._rows(query))

    def detach(self, _config: DebeziumConnectorConfig) -> None:
        """Do nothing: a reader leaves nothing behind in MySQL."""

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters or None)
            return list(cursor.fetchall())

    def _encode_line(self, line: str | bytes | None, table: str) -> bytes:
        if line is None:
            title = service.TITLES[self.server]
            raise ServiceError(
                f"{title}: a row of {table} is larger as text than max_allowed_packet; raise that setting"
            )
        return line if isinstance(line, bytes) else line.encode()


class MariaDB(MySQL):
    """The stand's MariaDB database: MySQL's clients, user, password and name of the database."""

    server = "mariadb"
    position = "@@GLOBAL.gtid_current_pos"
    spellings = spelling.MARIADB
