"""What a source database can do, and how its rows become Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import time, timedelta
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

    def attached(self, config: DebeziumConnectorConfig, /) -> bool:
        """Whether the connector's slot is active or its binlog reader connected."""

    def detach(self, config: DebeziumConnectorConfig, /) -> None:
        """Remove what the connector left in the database."""


def as_arrow(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Rows of Python values as *schema*, spelled as the pipeline spells them."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    spell = SPELLING.get(kind)
    return pa.array([None if v is None else spell(v) for v in values] if spell else values, kind)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _integer(value: object) -> int:
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else int(str(value))


SPELLING: dict[pa.DataType, Callable[[Any], Any]] = {pa.string(): _text, pa.int64(): _integer}
