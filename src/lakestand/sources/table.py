"""What a source database can do, and how its rows become Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa

from lakestand.connectors.config import DebeziumConnectorConfig

CHUNK = 50_000


class Source(Protocol):
    """A database whose changes are captured. Tables are named schema.table (MySQL: database.table)."""

    def tables(self) -> list[str]:
        """All tables of the stand's database."""

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns, in order; empty when there is no such table."""

    def key(self, table: str) -> list[str]:
        """Names of the primary key's columns, in order."""

    def load(self, table: str, rows: pa.Table) -> None:
        """Append *rows* as fast as the database can."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement in a transaction of its own."""

    def chunks(self, table: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """All rows of *table* as *schema*, in tables of at most CHUNK rows, seen at one instant."""

    def attached(self, config: DebeziumConnectorConfig) -> bool:
        """Whether the connector's slot is active or its binlog reader connected."""

    def detach(self, config: DebeziumConnectorConfig) -> None:
        """Remove what the connector left in the database."""


def as_arrow(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Rows of Python values as *schema*."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def csv(rows: pa.Table, null: str) -> bytes:
    """Rows as CSV without a header; *null* stands for null."""
    from pyarrow import compute as pc  # noqa: PLC0415  only loading pays for it
    from pyarrow import csv as arrow_csv  # noqa: PLC0415

    texts = [pc.fill_null(c.cast(pa.string()), null) for c in rows.columns]
    out = pa.BufferOutputStream()
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
    arrow_csv.write_csv(pa.table(texts, names=rows.column_names), out, options)
    return bytes(out.getvalue())
