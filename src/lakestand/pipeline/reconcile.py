"""A source table and its mirror, side by side: counts, keys, rows and a hash of all of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from lakestand.pipeline import keys
from lakestand.pipeline.decode import whole

SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What differs. *missing* and *extra* are the first few keys; *changed* counts differing rows by column."""

    source_rows: int
    mirror_rows: int
    missing_rows: int
    extra_rows: int
    missing: list[tuple[object, ...]]
    extra: list[tuple[object, ...]]
    changed: dict[str, int]
    source_hash: str
    mirror_hash: str

    @property
    def equal(self) -> bool:
        """Same number of rows, same keys, same values."""
        same = self.source_rows == self.mirror_rows and self.source_hash == self.mirror_hash
        return same and not (self.missing_rows or self.extra_rows or self.changed)


def reconcile(source: pa.Table, mirror: pa.Table, key: Sequence[str]) -> Difference:
    """Compare two tables of the same schema by their *key* columns. A row twice in one of them is a difference."""
    names = list(key)
    missing = keys.without(source, _distinct(mirror, names))
    extra = keys.without(mirror, _distinct(source, names))
    left, right = (_ordered(t.filter(keys.among(t, _distinct(o, names))), names) for t, o in _pairs(source, mirror))
    comparable = left.num_rows == right.num_rows
    return Difference(
        source_rows=source.num_rows,
        mirror_rows=mirror.num_rows,
        missing_rows=missing.num_rows,
        extra_rows=extra.num_rows,
        missing=_first(missing, names),
        extra=_first(extra, names),
        changed=_changed(left, right) if comparable else {"(rows twice)": abs(left.num_rows - right.num_rows)},
        source_hash=digest(_ordered(source, names)),
        mirror_hash=digest(_ordered(mirror, names)),
    )


def digest(rows: pa.Table) -> str:
    """sha256 of the rows as CSV, in their order."""
    out = io.BytesIO()
    plain = [c if _writable(c.type) else pa.array(map(repr, c.to_pylist())) for c in rows.columns]
    csv.write_csv(pa.table(plain, names=rows.column_names), out)
    return hashlib.sha256(out.getbuffer()).hexdigest()


def _pairs(one: pa.Table, two: pa.Table) -> tuple[tuple[pa.Table, pa.Table], tuple[pa.Table, pa.Table]]:
    return (one, two), (two, one)


def _distinct(rows: pa.Table, names: list[str]) -> pa.Table:
    return rows.select(names).group_by(names).aggregate([])


def _ordered(rows: pa.Table, names: list[str]) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in names])


def _first(rows: pa.Table, names: list[str]) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in _ordered(rows, names).select(names).slice(0, SHOWN).to_pylist()]


def _changed(left: pa.Table, right: pa.Table) -> dict[str, int]:
    counts = {name: _differing(whole(left[name]), whole(right[name])) for name in left.column_names}
    return {name: count for name, count in counts.items() if count}


def _differing(one: pa.Array, two: pa.Array) -> int:
    if not _writable(one.type):
        return sum(a != b for a, b in zip(one.to_pylist(), two.to_pylist(), strict=True))
    same = pc.or_kleene(
        pc.equal(one, two), pc.and_(pc.is_null(one, nan_is_null=True), pc.is_null(two, nan_is_null=True))
    )
    return len(pc.indices_nonzero(pc.invert(pc.fill_null(same, fill_value=False))))


def _writable(kind: pa.DataType) -> bool:
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind))
