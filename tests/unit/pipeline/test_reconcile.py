"""Every kind of drift is found, and nothing else."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from lakestand.pipeline.reconcile import reconcile

SCHEMA = pa.schema([("id", pa.int64()), ("n", pa.float64()), ("l", pa.list_(pa.int32())), ("b", pa.binary())])
ROWS = [(1, 1.0, [1], b"x"), (2, float("nan"), None, None), (3, None, [], b"")]


def table(*rows: tuple[Any, ...]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], schema=SCHEMA)


def test_equal_tables_in_any_order_are_equal() -> None:
    found = reconcile(table(*ROWS), table(*reversed(ROWS)), ["id"])

    assert found.equal
    assert found.source_hash == found.mirror_hash


DRIFT: dict[str, tuple[Any, dict[str, Any]]] = {
    "missing": (ROWS[:2], {"missing_rows": 1, "missing": [(3,)], "extra_rows": 0, "changed": {}}),
    "extra": ([*ROWS, (4, None, None, None)], {"missing_rows": 0, "extra_rows": 1, "extra": [(4,)], "changed": {}}),
    "changed value": ([(1, 2.0, [1], b"x"), *ROWS[1:]], {"missing_rows": 0, "extra_rows": 0, "changed": {"n": 1}}),
    "null became value": ([*ROWS[:2], (3, 0.0, [], b"")], {"changed": {"n": 1}}),
    "value became null": ([(1, None, [1], b"x"), *ROWS[1:]], {"changed": {"n": 1}}),
    "changed list and bytes": ([(1, 1.0, [2], b"y"), *ROWS[1:]], {"changed": {"l": 1, "b": 1}}),
    "row twice": ([*ROWS, ROWS[0]], {"missing_rows": 0, "extra_rows": 0, "changed": {"(rows twice)": 1}}),
}


@pytest.mark.parametrize("kind", DRIFT)
def test_drift_is_found_and_nothing_else(kind: str) -> None:
    rows, expected = DRIFT[kind]

    found = reconcile(table(*ROWS), table(*rows), ["id"])

    assert not found.equal
    assert {name: getattr(found, name) for name in expected} == expected


def test_composite_key_is_compared_as_a_whole() -> None:
    one = pa.table({"a": [1, 1], "b": [1, 2]})
    two = pa.table({"a": [1, 2], "b": [1, 2]})

    found = reconcile(one, two, ["a", "b"])

    assert (found.missing, found.extra) == ([(1, 2)], [(2, 2)])
