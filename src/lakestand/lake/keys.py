"""Rows found by their keys in Arrow tables: which a batch replaces, and values that its upserts lack."""

from __future__ import annotations

import pyarrow as pa

from lakestand.lake.arrow import conform, single_array
from lakestand.lake.table import Batch

ROW_NUMBER = "__lakestand_row_number"


def without(rows: pa.Table, keys: pa.Table) -> pa.Table:
    """Return the *rows* whose key is not in *keys*, a table with the key's columns."""
    return rows.filter(pa.compute.invert(among(rows, keys)))


def among(rows: pa.Table, keys: pa.Table) -> pa.Array:
    """Return for every row, as a boolean array, whether its key is in *keys*, which must be distinct."""
    if not rows.num_rows or not keys.num_rows:
        return pa.repeat(pa.scalar(False), rows.num_rows)
    names = keys.column_names
    if len(names) == 1:
        values = single_array(keys[names[0]]).cast(rows.schema.field(names[0]).type)
        return single_array(pa.compute.is_in(rows[names[0]], value_set=values))
    numbers = pa.array(range(rows.num_rows), pa.int64())
    same_types = conform(keys, pa.schema([rows.schema.field(n) for n in names]))
    numbered = rows.select(names).append_column(ROW_NUMBER, numbers)
    matches = numbered.join(same_types, names, join_type="left semi")[ROW_NUMBER]
    return pa.compute.is_in(numbers, value_set=single_array(matches))


def fill_unknown(batch: Batch, present: pa.Table) -> pa.Table:
    """Return the batch's upserts in the schema of *present*, with its values where the source left them out.

    A value that PostgreSQL left out (`Batch.unknown`) is taken from the row of the same key in *present*, the table as
    it is now, or of the key that the row had (`Batch.moved`); it is null where there is no such row.
    """
    upserts = conform(batch.upserts, present.schema)
    if not batch.unknown:
        return upserts
    names = batch.keys.column_names
    replaced = present.filter(among(present, batch.keys))
    wanted = _key_tuples(upserts, names)
    for column, numbers in batch.unknown.items():
        known = dict(zip(_key_tuples(replaced, names), replaced[column].to_pylist(), strict=True))
        values = upserts[column].to_pylist()
        for number in numbers:
            values[number] = known.get(batch.moved.get(number, wanted[number]))
        field = upserts.schema.field(column)
        upserts = upserts.set_column(upserts.schema.get_field_index(column), field, pa.array(values, field.type))
    return upserts


def _key_tuples(rows: pa.Table, names: list[str]) -> list[tuple[object, ...]]:
    return list(zip(*(rows[name].to_pylist() for name in names), strict=True))
