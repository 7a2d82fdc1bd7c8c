"""What a source database can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from lakestand.sources.connector import DebeziumConnectorConfig


@dataclass(frozen=True, kw_only=True)
class View:
    """A table as it was at one instant. *at*: the database's own name for it; *chunks*: its *rows* rows, once."""

    at: str
    rows: int
    chunks: Iterator[pa.Table]


class Database(Protocol):
    """A database whose changes are captured. Tables are named schema.table (MySQL: database.table)."""

    @property
    def schema(self) -> str:
        """Where the stand's own tables are: the first part of their names."""

    def tables(self) -> list[str]:
        """All tables of the stand's database."""

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns, in order; empty when there is no such table."""

    def types(self, table: str) -> Mapping[str, str]:
        """Columns, in order, and the database's own name for the type of each."""

    def key(self, table: str) -> list[str]:
        """Names of the primary key's columns, in order."""

    def quote(self, name: str, /) -> str:
        """*name*, a table's or a column's, as SQL takes it: each part between its dots in quotes."""

    def load(self, table: str, rows: pa.Table) -> None:
        """Append *rows* as fast as the database can."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement in a transaction of its own."""

    def chunks(self, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """All rows of *table* as *schema*, in tables of at most CHUNK rows, seen at one instant."""

    def view(self, table: str, schema: pa.Schema) -> AbstractContextManager[View]:
        """The same, and which instant it was; a transaction is open inside."""

    def readers(self, config: DebeziumConnectorConfig, /) -> frozenset[int]:
        """The server's processes that send its log to the connector; MySQL: to any connector."""

    def detach(self, config: DebeziumConnectorConfig, /) -> None:
        """Remove what the connector left in the database."""
