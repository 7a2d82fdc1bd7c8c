"""Every kind of drift is found, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lakestand.errors import ServiceError
from lakestand.reconcile.difference import Difference, reconcile

SCHEMA = pa.schema([("id", pa.int64()), ("n", pa.float64()), ("l", pa.list_(pa.int32())), ("b", pa.binary())])
Row = tuple[Any, ...]
ROWS: list[Row] = [(1, 1.0, [1], b"x"), (2, float("nan"), None, None), (3, None, [], b"")]
NONE = {
    "missing_rows": 0,
    "extra_rows": 0,
    "repeated_rows": 0,
    "changed_rows": 0,
    "missing": [],
    "extra": [],
    "repeated": [],
    "changed": {},
    "changed_first": [],
}


def chunks(rows: Sequence[Row], schema: pa.Schema = SCHEMA) -> Iterator[pa.Table]:
    """Yield a table per row."""
    for row in rows:
        yield pa.Table.from_pylist([dict(zip(schema.names, row, strict=True))], schema=schema)


def compared(mirror: Sequence[Row]) -> Difference:
    """Compare ROWS, as the source, with *mirror*."""
    return reconcile(chunks(ROWS), chunks(mirror), SCHEMA, ["id"])


def test_equal_tables_in_any_order_are_equal() -> None:
    found = compared(list(reversed(ROWS)))

    assert found.equal
    assert found.source_hash == found.mirror_hash
    assert {k: v for k, v in asdict(found).items() if k in NONE} == NONE


DRIFT: dict[str, tuple[list[Row], dict[str, Any]]] = {
    "missing": (ROWS[:2], {"missing_rows": 1, "missing": [(3,)]}),
    "all missing": ([], {"missing_rows": 3, "missing": [(1,), (2,), (3,)]}),
    "extra": ([*ROWS, (4, None, None, None)], {"extra_rows": 1, "extra": [(4,)]}),
    "extra without a key": ([*ROWS, (None, None, None, None)], {"extra_rows": 1, "extra": [(None,)]}),
    "changed value": (
        [(1, 2.0, [1], b"x"), *ROWS[1:]],
        {"changed_rows": 1, "changed": {"n": 1}, "changed_first": [((1,), ["n"])]},
    ),
    "null became value": (
        [*ROWS[:2], (3, 0.0, [], b"")],
        {"changed_rows": 1, "changed": {"n": 1}, "changed_first": [((3,), ["n"])]},
    ),
    "value became null": (
        [(1, None, [1], b"x"), *ROWS[1:]],
        {"changed_rows": 1, "changed": {"n": 1}, "changed_first": [((1,), ["n"])]},
    ),
    "empty became null": (
        [*ROWS[:2], (3, None, None, None)],
        {"changed_rows": 1, "changed": {"l": 1, "b": 1}, "changed_first": [((3,), ["l", "b"])]},
    ),
    "changed list and bytes": (
        [(1, 1.0, [2], b"y"), *ROWS[1:]],
        {"changed_rows": 1, "changed": {"l": 1, "b": 1}, "changed_first": [((1,), ["l", "b"])]},
    ),
    "row twice": ([*ROWS, ROWS[0]], {"repeated_rows": 1, "repeated": [(1,)]}),
    "row three times, once changed": (
        [*ROWS, ROWS[0], (1, 2.0, [1], b"x")],
        {
            "repeated_rows": 2,
            "repeated": [(1,)],
            "changed_rows": 1,
            "changed": {"n": 1},
            "changed_first": [((1,), ["n"])],
        },
    ),
    "one of each": (
        [(1, 2.0, [1], b"x"), ROWS[1], ROWS[1], (4, None, None, None)],
        {
            "missing_rows": 1,
            "missing": [(3,)],
            "extra_rows": 1,
            "extra": [(4,)],
            "repeated_rows": 1,
            "repeated": [(2,)],
            "changed_rows": 1,
            "changed": {"n": 1},
            "changed_first": [((1,), ["n"])],
        },
    ),
}


@pytest.mark.parametrize("kind", DRIFT)
def test_drift_is_found_and_nothing_else(kind: str) -> None:
    mirror, expected = DRIFT[kind]

    found = compared(mirror)

    assert not found.equal
    assert {k: v for k, v in asdict(found).items() if k in NONE} == NONE | expected
    assert (found.source_rows, found.mirror_rows) == (3, len(mirror))


def test_composite_key_is_compared_as_a_whole() -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.string())])
    found = reconcile(chunks([(1, "1"), (1, "2")], schema), chunks([(1, "1"), (2, "2")], schema), schema, ["a", "b"])

    assert (found.missing, found.extra) == ([(1, "2")], [(2, "2")])


def test_columns_whose_names_differ_in_case_only_are_two() -> None:
    schema = pa.schema([("ID", pa.int64()), ("id", pa.int64())])
    found = reconcile(chunks([(1, 1)], schema), chunks([(1, 2)], schema), schema, ["ID"])

    assert found.changed == {"id": 1}


@pytest.mark.parametrize(("json", "changed"), [((), {"j": 1}), (("j",), {})])
def test_blanks_in_json_are_no_difference(json: tuple[str, ...], changed: dict[str, int]) -> None:
    schema = pa.schema([("id", pa.int64()), ("j", pa.string())])
    one, two = chunks([(1, '{"a": [1, 2]}'), (2, None)], schema), chunks([(1, '{"a":[1,2]}'), (2, None)], schema)

    assert reconcile(one, two, schema, ["id"], json=json).changed == changed


def test_only_the_first_few_keys_are_listed_in_order() -> None:
    found = reconcile(chunks([(n, None, None, None) for n in range(9, 0, -1)]), chunks([]), SCHEMA, ["id"])

    assert (found.missing_rows, found.missing) == (9, [(1,), (2,), (3,), (4,), (5,)])


def test_without_room_it_ends_with_one_message_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    rows = [pa.table({"id": range(20_000), "text": ["x" * 500] * 20_000}, schema=schema)]

    with pytest.raises(ServiceError, match=r"the comparison has no room in .* or 1 MB of memory: .*set TMPDIR"):
        reconcile(rows, rows, schema, ["id"], memory_mb=1)
    assert list(tmp_path.iterdir()) == []


def test_every_chunk_is_counted() -> None:
    counts: list[int] = []
    reconcile(chunks(ROWS), chunks(ROWS[:2]), SCHEMA, ["id"], on_rows=counts.append)

    assert counts == [1] * 5
