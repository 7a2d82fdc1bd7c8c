"""Differences of tables as multisets of rows: equal rows may occur several times, nulls are equal to each other."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def without(rows: pa.Table, others: pa.Table) -> pa.Table:
    """Return *rows* without one equal row for each row of *others*; their order stays.

    >>> without(pa.table({"x": [1, 1, 2]}), pa.table({"x": [1, 3]}))["x"].to_pylist()
    [1, 2]
    """
    if not rows.num_rows or not others.num_rows:
        return rows
    ids = _ids(pa.concat_tables([rows, others]).combine_chunks())
    mine, theirs = ids.slice(0, rows.num_rows), ids.slice(rows.num_rows)
    counted = pc.value_counts(theirs)
    removals = pc.fill_null(counted.field("counts").take(pc.index_in(mine, counted.field("values"))), 0)
    # A row's number among its equals, from 0: the first ones are taken away.
    number = pc.subtract(pc.rank(mine, tiebreaker="first"), pc.rank(mine, tiebreaker="min"))
    return rows.filter(pc.greater_equal(number, removals.cast(number.type)))


def _ids(rows: pa.Table) -> pa.Array:
    """Return a number for every row, the same for equal rows."""
    ids = pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows)
    for column in rows.columns:
        coded = _comparable(column).dictionary_encode(null_encoding="encode")
        pairs = pc.add(pc.multiply(ids, len(coded.dictionary)), coded.indices.cast(pa.int64()))
        ids = pairs.dictionary_encode().indices.cast(pa.int64())
    return ids


def _comparable(column: pa.ChunkedArray) -> pa.Array:
    """Return the column as one array that Arrow can encode as a dictionary; nested values as their texts."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    return pa.array(map(repr, array.to_pylist())) if pa.types.is_nested(array.type) else array
