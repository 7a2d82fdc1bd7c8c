"""PostgreSQL as a source of changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv

from lakestand import probe
from lakestand.errors import NotReady, ServiceError
from lakestand.settings import Settings
from lakestand.sources import spelling
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import View
from lakestand.sources.text import as_arrow, blocks
from lakestand.stand.services import postgres as service

# A connector that was deleted closes its connection, and PostgreSQL ends its walsender, within a moment.
DETACH_SECONDS = 10.0


def ident(table: str) -> sql.Identifier:
    """schema.table, quoted."""
    return sql.Identifier(*table.split("."))


# Its texts do not depend on how the server or the role is configured.
SNAPSHOT = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL datestyle = ISO; SET LOCAL timezone = UTC; "
    "SET LOCAL bytea_output = hex; SET LOCAL extra_float_digits = 1"
)


def _spelled(field: pa.Field, kind: str) -> sql.Composable:
    quoted = sql.Identifier(field.name).as_string()
    return sql.SQL(spelling.postgres(quoted, kind, field.type))


@dataclass(frozen=True)
class Postgres:
    """The stand's PostgreSQL database."""

    settings: Settings
    schema: ClassVar[str] = "public"

    def tables(self) -> list[str]:
        """All tables outside the system's schemas."""
        query = (
            "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
            "AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        return [name for (name,) in self._rows(query)]

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns, in order."""
        return list(self.types(table))

    def types(self, table: str) -> dict[str, str]:
        """Columns and their udt_name: int4, _text for text[]; "number" for a numeric that is free in its scale."""
        query = (
            "SELECT column_name, CASE WHEN udt_name = 'numeric' AND numeric_precision IS NULL THEN 'number' "
            "ELSE udt_name END FROM information_schema.columns WHERE table_schema || '.' || table_name = %s "
            "ORDER BY ordinal_position"
        )
        return dict(self._rows(query, [table]))

    def key(self, table: str) -> list[str]:
        """Names of the primary key's columns, in order."""
        query = (
            "SELECT a.attname FROM pg_index i JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(num, ord) ON true "
            "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num "
            "JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE i.indisprimary AND n.nspname || '.' || c.relname = %s ORDER BY k.ord"
        )
        return [name for (name,) in self._rows(query, [table])]

    def quote(self, name: str) -> str:
        """In double quotes."""
        return ident(name).as_string()

    def load(self, table: str, rows: pa.Table) -> None:
        """COPY."""
        names = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
        statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(ident(table), names)
        with service.reached(self.settings) as connection, connection.cursor().copy(statement) as copy:
            # Arrow leaves nulls empty and puts texts in quotes: just how COPY tells them apart.
            out = pa.BufferOutputStream()
            csv.write_csv(rows, out, csv.WriteOptions(include_header=False))
            copy.write(out.getvalue())

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with service.reached(self.settings) as connection:
            connection.execute(sql.encode(), parameters or None)

    def chunks(self, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """COPY: one statement sees one instant, and memory is bounded."""
        with self.view(table, schema) as view:
            yield from view.chunks

    @contextmanager
    def view(self, table: str, schema: pa.Schema) -> Iterator[View]:
        """A transaction that sees one instant; its place in the write-ahead log."""
        look = sql.SQL("SELECT pg_current_wal_lsn()::text, count(*) FROM {}").format(ident(table))
        try:
            with service.reached(self.settings) as connection, connection.transaction():
                connection.execute(SNAPSHOT)
                (at, rows), *_ = connection.execute(look).fetchall()
                yield View(at=f"LSN {at}", rows=rows, chunks=self._copied(connection, table, schema))
        except psycopg.OperationalError as err:
            raise service.away(err) from err

    def _copied(self, connection: psycopg.Connection, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        types = self.types(table)
        columns = sql.SQL(", ").join(_spelled(f, types[f.name]) for f in schema)
        statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv)").format(columns, ident(table))
        with connection.cursor().copy(statement) as copy:
            for block in blocks(copy):
                yield as_arrow(block, schema)

    def readers(self, config: DebeziumConnectorConfig) -> frozenset[int]:
        """The walsender of the slot."""
        query = "SELECT active_pid FROM pg_replication_slots WHERE active AND slot_name = %s"
        return frozenset(pid for (pid,) in self._rows(query, [config.slot]))

    def detach(self, config: DebeziumConnectorConfig) -> None:
        """Drop slot and publication, once the walsender has left; ServiceError when it stays."""
        drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"

        def dropped() -> bool:
            try:
                self._rows(drop, [config.slot])
            except psycopg.errors.ObjectInUse:
                return False
            return True

        try:
            probe.until(dropped, DETACH_SECONDS, f"end of what reads replication slot {config.slot}")
        except NotReady as err:
            users = ", ".join(map(str, self.readers(config)))
            raise ServiceError(
                f"PostgreSQL: {err}: process {users}, no connector's. The slot stays, and keeps the log: end its "
                f"reader, then SELECT pg_drop_replication_slot('{config.slot}')"
            ) from err
        finally:
            with service.reached(self.settings) as connection:
                connection.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(config.publication)))

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with service.reached(self.settings) as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()
