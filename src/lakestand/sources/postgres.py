"""The source database PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg
from psycopg import sql

from lakestand import probe
from lakestand.errors import NotReady, ServiceError
from lakestand.lake.names import TableName
from lakestand.settings import Settings
from lakestand.sources import postgres_facts, spelling
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import View
from lakestand.sources.facts import TableFacts
from lakestand.stand.services import postgres as service

if TYPE_CHECKING:  # an extra, for reading rows
    import pyarrow as pa

# After a connector is deleted it takes PostgreSQL a moment to end the walsender of its slot.
DETACH_SECONDS = 10.0


def ident(table: str) -> sql.Identifier:
    """Return schema.table as an identifier, each part in quotes."""
    return sql.Identifier(*filter(None, TableName.parse(table)))


# With these the texts of values do not depend on how the server or the role is configured.
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
        """Return schema.table for all tables outside the system's schemas, partitions and temporary ones apart."""
        query = (
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        )
        return sorted(str(TableName(*row)) for row in self._rows(query))

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns, in order."""
        return list(self.types(table))

    def types(self, table: str) -> dict[str, str]:
        """Return the udt_name of each column that is not generated: int4, _text for text[].

        A numeric without a scale is a "number".
        """
        query = (
            "SELECT column_name, CASE WHEN udt_name = 'numeric' AND numeric_precision IS NULL THEN 'number' "
            "ELSE udt_name END FROM information_schema.columns WHERE table_schema = %s AND table_name = %s "
            "AND is_generated = 'NEVER' "
            "ORDER BY ordinal_position"
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
        return postgres_facts.read(tables, self._rows)

    def quote(self, name: str) -> str:
        """Return the name of a table in double quotes, or of a column without a dot."""
        return ident(name).as_string()

    def condition(self, columns: Sequence[str], keys: Sequence[tuple[object, ...]]) -> str:
        """Return (column, …) IN ((literal, …), …)."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        rows = [sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, key))) for key in keys]
        return sql.SQL("({}) IN ({})").format(names, sql.SQL(", ").join(rows)).as_string()

    def load(self, table: str, rows: pa.Table) -> None:
        """Add rows by COPY."""
        from pyarrow import BufferOutputStream, csv  # noqa: PLC0415

        names = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
        statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(ident(table), names)
        with service.open_connection(self.settings) as connection, connection.cursor().copy(statement) as copy:
            # Arrow leaves nulls empty and puts texts in quotes, as COPY expects it.
            lines = BufferOutputStream()
            csv.write_csv(rows, lines, csv.WriteOptions(include_header=False))
            copy.write(lines.getvalue())

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement in a transaction of its own."""
        with service.open_connection(self.settings) as connection:
            connection.execute(sql.encode(), parameters or None)

    def chunks(self, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Yield rows from a COPY, which sees one instant and is read piece by piece."""
        with self.view(table, schema) as view:
            yield from view.chunks

    @contextmanager
    def view(self, table: str, schema: pa.Schema) -> Iterator[View]:
        """Open a repeatable-read transaction; `View.at` is the LSN at which it began."""
        query = sql.SQL("SELECT pg_current_wal_lsn()::text, count(*) FROM {}").format(self._own_rows(table))
        try:
            with service.open_connection(self.settings) as connection, connection.transaction():
                connection.execute(SNAPSHOT)
                (at, rows), *_ = connection.execute(query).fetchall()
                yield View(at=f"LSN {at}", rows=rows, chunks=self._copy_out(connection, table, schema))
        except psycopg.OperationalError as err:
            raise service.unreachable(err) from err

    def _copy_out(self, connection: psycopg.Connection, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        from lakestand.sources.text import as_arrow, blocks  # noqa: PLC0415

        types = self.types(table)
        columns = sql.SQL(", ").join(_spelled(f, types[f.name]) for f in schema)
        statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv)").format(columns, self._own_rows(table))
        with connection.cursor().copy(statement) as copy:
            for block in blocks(copy):
                yield as_arrow(block, schema, self.settings.unrepresentable)

    def _own_rows(self, table: str) -> sql.Composable:
        """Return what a SELECT reads: of a table that others inherit from, its own rows, as its changes are."""
        has_heirs = any(facts.kind == "table" and facts.children for facts in self.facts([table]))
        return sql.SQL("ONLY {}" if has_heirs else "{}").format(ident(table))

    def prepare(self, config: DebeziumConnectorConfig) -> None:
        """Let a publication from before publish the changes of partitions as those of their root."""
        publication = sql.Identifier(config.publication)
        query = "SELECT FROM pg_publication WHERE pubname = %s AND NOT pubviaroot"
        if self._rows(query, [config.publication]):
            with service.open_connection(self.settings) as connection:
                alter = sql.SQL("ALTER PUBLICATION {} SET (publish_via_partition_root = true)")
                connection.execute(alter.format(publication))

    def readers(self, config: DebeziumConnectorConfig) -> frozenset[int]:
        """Return the process id of the walsender that reads the connector's slot, if there is one."""
        query = "SELECT active_pid FROM pg_replication_slots WHERE active AND slot_name = %s"
        return frozenset(pid for (pid,) in self._rows(query, [config.slot]))

    def detach(self, config: DebeziumConnectorConfig) -> None:
        """Drop the slot, once its walsender has ended, and the publication; ServiceError when the walsender stays."""
        drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"

        def is_dropped() -> bool:
            try:
                self._rows(drop, [config.slot])
            except psycopg.errors.ObjectInUse:
                return False
            return True

        try:
            probe.until(is_dropped, DETACH_SECONDS, f"end of what reads replication slot {config.slot}")
        except NotReady as err:
            users = ", ".join(map(str, self.readers(config)))
            raise ServiceError(
                f"PostgreSQL: {err}: process {users}, no connector's. The slot stays, and keeps the log: end its "
                f"reader, then SELECT pg_drop_replication_slot('{config.slot}')"
            ) from err
        finally:
            with service.open_connection(self.settings) as connection:
                connection.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(config.publication)))

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with service.open_connection(self.settings) as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()
