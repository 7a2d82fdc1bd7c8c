"""The difference between two tables of the same columns: counts, keys, columns and a hash of all rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from lakestand.reconcile.join import CHANGED, EXTRA, MISSING, Key, OnRows, TableJoin, temporary_database

SHOWN = 5
MEMORY_MB = 128


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a mirror differs from its source.

    Attributes:
        missing: the first SHOWN keys, in order, of the source's rows that the mirror lacks.
        extra: the first keys of the mirror's rows that the source lacks.
        repeated: the first keys that the mirror has more than once; *repeated_rows* counts the rows that are too many.
        changed: by column, how many of the mirror's rows have another value than the source's row of the same key.
        changed_first: the first of these rows: key, and the columns that differ.
        source_hash, mirror_hash: the sum of all rows' hashes in hexadecimal, which their order does not change.
    """

    source_rows: int
    mirror_rows: int
    missing_rows: int
    extra_rows: int
    repeated_rows: int
    changed_rows: int
    missing: list[Key]
    extra: list[Key]
    repeated: list[Key]
    changed: dict[str, int]
    changed_first: list[tuple[Key, list[str]]]
    source_hash: str
    mirror_hash: str

    @property
    def equal(self) -> bool:
        """Whether both have the same number of rows, the same keys and the same values."""
        same = self.source_rows == self.mirror_rows and self.source_hash == self.mirror_hash
        return same and not (self.missing_rows or self.extra_rows or self.repeated_rows or self.changed_rows)


@dataclass(frozen=True, kw_only=True)
class DriftedKeys:
    """The keys of all rows that differ, in order: what a repair works on."""

    missing: Sequence[Key]
    extra: Sequence[Key]
    repeated: Sequence[Key]
    changed: Sequence[Key]


OnKeys = Callable[[DriftedKeys], None]


def ignore_rows(_rows: int) -> None:
    """Do nothing: the default of whoever could follow the progress."""


def reconcile(
    source: Iterable[pa.Table],
    mirror: Iterable[pa.Table],
    schema: pa.Schema,
    key: Sequence[str],
    *,
    json: Collection[str] = (),
    memory_mb: int = MEMORY_MB,
    on_rows: OnRows = ignore_rows,
    on_keys: OnKeys | None = None,
) -> Difference:
    """Compare the rows of two tables by their *key* columns, of which the source has each once.

    Both come in chunks that fit *schema*, and each is read once. This takes *memory_mb* and a few chunks of memory,
    however many rows there are; the rest is in a temporary folder. Texts of the columns *json* are equal when they
    differ in blanks only. *on_rows* is called with the number of rows of every chunk, *on_keys*
    once with the keys of all rows that differ, which then are in memory. ServiceError when the temporary
    folder or the memory has no room.
    """
    with temporary_database(memory_mb) as database:
        both = TableJoin(database, schema, [schema.get_field_index(name) for name in key], json)
        size = max(both.fill("source", source, on_rows), both.fill("mirror", mirror, on_rows))
        both.join(parts=1 + 2 * size // (memory_mb << 20))
        if on_keys:
            on_keys(_drifted(both))
        return _difference(both)


def _drifted(both: TableJoin) -> DriftedKeys:
    return DriftedKeys(
        missing=both.keys(MISSING), extra=both.keys(EXTRA), repeated=both.keys("repeated"), changed=both.keys(CHANGED)
    )


def _difference(both: TableJoin) -> Difference:
    return Difference(
        source_rows=both.rows("source"),
        mirror_rows=both.rows("mirror"),
        missing_rows=both.rows(MISSING),
        extra_rows=both.rows(EXTRA),
        repeated_rows=both.repeated(),
        changed_rows=both.rows(CHANGED),
        missing=both.keys(MISSING, SHOWN),
        extra=both.keys(EXTRA, SHOWN),
        repeated=both.keys("repeated", SHOWN),
        changed=both.columns(),
        changed_first=both.changed(SHOWN),
        source_hash=both.hash("source"),
        mirror_hash=both.hash("mirror"),
    )
