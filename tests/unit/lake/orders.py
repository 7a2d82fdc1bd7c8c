"""Batches of the table orders (id, note), the marks of their commits, and the rows that a sink's table holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from lakestand.lake.table import Batch, Mark, Partition, Table

PARTITION, OTHER = Partition("shop.public.orders", 0), Partition("shop.public.orders", 1)
SCHEMA = pa.schema([("id", pa.int32()), ("note", pa.string())])
Row = tuple[Any, ...]


def mark(since: int, end: int, partition: Partition = PARTITION) -> Mark:
    """Return the mark of a commit from one position to another."""
    return Mark(partition, since, end, "topic-id")


def batch(
    upserts: Sequence[Row],
    gone: Sequence[Row] = (),
    *,
    truncate: bool = False,
    unknown: Mapping[str, list[int]] = MappingProxyType({}),
    width: int = 1,
    schema: pa.Schema = SCHEMA,
) -> Batch:
    """Return a batch of upserts and deleted keys; the first *width* columns are the key."""
    keys = [*(r[:width] for r in upserts), *gone]
    key_schema = pa.schema(list(schema)[:width])
    return Batch(truncate=truncate, keys=rows(keys, key_schema), upserts=rows(upserts, schema), unknown=dict(unknown))


def rows(values: Sequence[Row], schema: pa.Schema = SCHEMA) -> pa.Table:
    """Return rows of *schema* with these values."""
    return pa.Table.from_pylist([dict(zip(schema.names, v, strict=True)) for v in values], schema=schema)


def read_rows(table: Table) -> list[Row]:
    """Return all rows, in order."""
    return sorted((tuple(r.values()) for r in table.read().to_pylist()), key=str)
