"""A join in parts finds what a join at once finds: drift lies in every part."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lakestand.reconcile.difference import ignore_rows, reconcile
from lakestand.reconcile.join import CHANGED, EXTRA, MISSING, TableJoin, temporary_database

SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.string()), ("n", pa.int64())])
COUNT = 1000


def table(*numbers: range, add: int = 0) -> pa.Table:
    """Return rows with the numbers of the ranges; *add* is added to their column n."""
    every = [n for span in numbers for n in span]
    return pa.table({"a": every, "b": [f"b{n}" for n in every], "n": [n + add for n in every]}, schema=SCHEMA)


# 100 rows each: missing (0 to 99), changed (100 to 199), there twice (200 to 299), extra (1000 to 1099).
SOURCE = [table(range(COUNT))]
MIRROR = [table(range(100, 200), add=1), table(range(200, 1100)), table(range(200, 300))]


@pytest.mark.parametrize("parts", [1, 2, 7, 16])
def test_every_part_is_joined_once(parts: int) -> None:
    with temporary_database(64) as made:
        both = TableJoin(made, SCHEMA, [0, 1], ())
        both.fill("source", SOURCE, ignore_rows)
        both.fill("mirror", MIRROR, ignore_rows)
        both.join(parts)
        found = {kind: both.rows(kind) for kind in (MISSING, EXTRA, CHANGED)}

        assert found == {MISSING: 100, EXTRA: 100, CHANGED: 100}
        assert (both.repeated(), both.columns()) == (100, {"n": 100})
        assert both.keys(EXTRA, 2) == [(1000, "b1000"), (1001, "b1001")]


def test_a_comparison_larger_than_its_memory_finds_what_differs() -> None:
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    chunks = [
        pa.table({"id": range(n, n + 10_000), "text": [f"{k} " * 60 for k in range(n, n + 10_000)]}, schema=schema)
        for n in range(0, 100_000, 10_000)
    ]
    assert 2 * sum(c.nbytes for c in chunks) > 32 << 20  # in several parts
    found = reconcile(chunks, chunks[1:], schema, ["id"], memory_mb=32)

    assert (found.missing_rows, found.missing[:2], found.changed_rows) == (10_000, [(0,), (1,)], 0)
    assert (found.source_rows, found.mirror_rows) == (100_000, 90_000)
