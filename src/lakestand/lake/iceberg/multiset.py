"""Rows as a bag: equal rows may stand there more than once, nulls are equal, and nested values count too."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def without(rows: pa.Table, others: pa.Table) -> pa.Table:
    """*rows* less one for each equal row of *others*, in their order."""
    if not rows.num_rows or not others.num_rows:
        return rows
    ids = _ids(pa.concat_tables([rows, others]).combine_chunks())
    mine, theirs = ids.slice(0, rows.num_rows), ids.slice(rows.num_rows)
    counted = pc.value_counts(theirs)
    takes = pc.fill_null(counted.field("counts").take(pc.index_in(mine, counted.field("values"))), 0)
    # The how-manieth of its equals a row is, from 0.
    which = pc.subtract(pc.rank(mine, tiebreaker="first"), pc.rank(mine, tiebreaker="min"))
    return rows.filter(pc.greater_equal(which, takes.cast(which.type)))


def _ids(rows: pa.Table) -> pa.Array:
    """A number for every row; equal rows have the same."""
    ids = pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows)
    for column in rows.columns:
        coded = _comparable(column).dictionary_encode(null_encoding="encode")
        pairs = pc.add(pc.multiply(ids, len(coded.dictionary)), coded.indices.cast(pa.int64()))
        ids = pairs.dictionary_encode().indices.cast(pa.int64())
    return ids


def _comparable(column: pa.ChunkedArray) -> pa.Array:
    """Arrow encodes no nested values: they count by their text."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    return pa.array(map(repr, array.to_pylist())) if pa.types.is_nested(array.type) else array
