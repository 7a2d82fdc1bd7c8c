"""Rows by their key, in Arrow: which belong to a batch, and what a batch leaves of them."""

from __future__ import annotations

import pyarrow as pa

from lakestand.lake.arrow import conform, single_array
from lakestand.lake.table import Batch

MARK = "__batch"


def without(rows: pa.Table, keys: pa.Table) -> pa.Table:
    """*rows* whose key is not among *keys*."""
    return rows.filter(pa.compute.invert(among(rows, keys)))


def among(rows: pa.Table, keys: pa.Table) -> pa.Array:
    """For every row whether its key is among *keys* (distinct)."""
    if not rows.num_rows or not keys.num_rows:
        return pa.repeat(pa.scalar(False), rows.num_rows)
    names = keys.column_names
    if len(names) == 1:
        values = single_array(keys[names[0]]).cast(rows.schema.field(names[0]).type)
        return single_array(pa.compute.is_in(rows[names[0]], value_set=values))
    order = pa.array(range(rows.num_rows), pa.int64())
    same = conform(keys, pa.schema([rows.schema.field(n) for n in names]))
    hits = rows.select(names).append_column(MARK, order).join(same, names, join_type="left semi")[MARK]
    return pa.compute.is_in(order, value_set=single_array(hits))


def fill_unknown(batch: Batch, present: pa.Table) -> pa.Table:
    """The batch's upserts, as *present*'s schema, with its values where the source left them out."""
    upserts = conform(batch.upserts, present.schema)
    if not batch.unknown:
        return upserts
    names = batch.keys.column_names
    old = present.filter(among(present, batch.keys))
    wanted = _identities(upserts, names)
    for column, numbers in batch.unknown.items():
        known = dict(zip(_identities(old, names), old[column].to_pylist(), strict=True))
        values = upserts[column].to_pylist()
        for number in numbers:
            values[number] = known.get(wanted[number])
        field = upserts.schema.field(column)
        upserts = upserts.set_column(upserts.schema.get_field_index(column), field, pa.array(values, field.type))
    return upserts


def _identities(rows: pa.Table, names: list[str]) -> list[tuple[object, ...]]:
    return list(zip(*(rows[name].to_pylist() for name in names), strict=True))
