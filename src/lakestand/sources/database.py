"""What the stand asks of a source database: the Protocol `Database`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.facts import TableFacts

if TYPE_CHECKING:  # an extra, for reading rows
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class View:
    """A table as it was at one instant.

    Attributes:
        at: the database's own name for the instant: an LSN or a set of GTIDs.
        rows: how many rows there are.
        chunks: the rows; they can be read once, while the view is open.
    """

    at: str
    rows: int
    chunks: Iterator[pa.Table]


class Database(Protocol):
    """A database whose changes are captured; tests/integration/test_sources.py holds every one to this.

    Tables are named schema.table, as `TableName` writes it; in MySQL and MariaDB that is database.table. Every method
    raises ServiceError when the server does not answer.
    """

    @property
    def schema(self) -> str:
        """The first part of the names of the stand's own tables."""

    def tables(self) -> list[str]:
        """Return the names of all tables outside the system's schemas, sorted."""

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns, in order; none when there is no such table."""

    def types(self, table: str) -> Mapping[str, str]:
        """Return for each column, in order, the database's own name of its type."""

    def key(self, table: str) -> list[str]:
        """Return the names of the key's columns, in order, as events have it; none when there is no key."""

    def has_rows(self, table: str) -> bool:
        """Return whether a table has any row."""

    def facts(self, tables: Sequence[str]) -> list[TableFacts]:
        """Return what those of *tables* that exist are, in any order."""

    def quote(self, name: str, /) -> str:
        """Return the name of a table, or of a column without a dot, for use in SQL: each part in quotes."""

    def condition(self, columns: Sequence[str], keys: Sequence[tuple[object, ...]]) -> str:
        """Return SQL that is true for the rows whose *columns* have the values of one of *keys*, as literals."""

    def load(self, table: str, rows: pa.Table) -> None:
        """Add *rows* to a table, as fast as the database can, in one transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement in a transaction of its own; *parameters* take the places of its %s."""

    def chunks(self, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Yield all rows of *table* as of one instant, as Arrow tables of *schema* with at most `text.CHUNK` rows."""

    def view(self, table: str, schema: pa.Schema) -> AbstractContextManager[View]:
        """Open a view of *table* whose chunks have *schema*; a transaction is open until it is left."""

    def prepare(self, config: DebeziumConnectorConfig, /) -> None:
        """Change what a connector would otherwise find there from before it was as it is now."""

    def readers(self, config: DebeziumConnectorConfig, /) -> frozenset[int]:
        """Return the ids of the server's processes that send its log to this connector (MySQL: to any reader)."""

    def detach(self, config: DebeziumConnectorConfig, /) -> None:
        """Remove what a deleted connector left in the database; ServiceError when something still reads it."""
