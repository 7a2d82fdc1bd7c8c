"""Keys as numbers: one 64-bit word that is the key itself, or two that are a hash of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from lakestand.lake.arrow import single_array

Word = npt.NDArray[np.uint64]
SEEDS = (1, 0x9E3779B9)
MULTIPLIERS = (
    0xBF58476D1CE4E5B9,
    0x94D049BB133111EB,
)  # of splitmix64, whose every output bit depends on every input bit


class Words(NamedTuple):
    """The words of some keys, in their order; *second* is None where all second words are 0."""

    first: Word
    second: Word | None

    def take(self, numbers: npt.NDArray[np.int64]) -> Words:
        """Return the words of the keys with these numbers."""
        return Words(self.first[numbers], None if self.second is None else self.second[numbers])

    def seconds(self) -> Word:
        """Return the second words, also where they are all 0."""
        return np.zeros(len(self.first), np.uint64) if self.second is None else self.second


def of(keys: pa.Table) -> Words:
    """Return the words of *keys*, a table with the key's columns; equal keys of equal types have equal words.

    A key of one integer, date, time or truth value is its own first word, so nothing can be taken for it. Any other
    key has a hash of 128 bits: with 64, of ten million keys two would collide in one of 370,000 tables, and a
    collision would delete another row. A null equals a null.
    """
    if keys.num_columns == 1 and _is_exact(keys.schema.field(0).type):
        return _exact(single_array(keys.column(0)))
    first, second = (_hash(keys, seed) for seed in SEEDS)
    return Words(first, second)


def _is_exact(kind: pa.DataType) -> bool:
    return bool(pa.types.is_signed_integer(kind) or pa.types.is_temporal(kind) or pa.types.is_boolean(kind))


def _exact(column: pa.Array) -> Words:
    small = column.cast(pa.int32()) if column.type in (pa.date32(), pa.time32("s"), pa.time32("ms")) else column
    numbers = small.cast(pa.int64())
    nulls = np.asarray(column.is_null()).astype(np.uint64) if column.null_count else None
    first = np.asarray(numbers.fill_null(0) if column.null_count else numbers)
    return Words(first.astype(np.int64, copy=False).view(np.uint64), nulls)


def _hash(keys: pa.Table, seed: int) -> Word:
    total = np.full(keys.num_rows, seed, np.uint64)
    for column in keys.columns:
        mixed = pl.Series(pl.from_arrow(_hashable(single_array(column)))).hash(seed).to_numpy()
        total = _mixed(total + mixed.astype(np.uint64, copy=False))
    return total


def _hashable(column: pa.Array) -> pa.Array:
    """Return the column, or the texts of its values where polars has no hash for them."""
    return pa.array(map(repr, column.to_pylist()), pa.string()) if pa.types.is_nested(column.type) else column


def _mixed(word: Word) -> Word:
    for shift, multiplier in zip((30, 27), MULTIPLIERS, strict=True):
        word = (word ^ (word >> np.uint64(shift))) * np.uint64(multiplier)
    return word ^ (word >> np.uint64(31))
