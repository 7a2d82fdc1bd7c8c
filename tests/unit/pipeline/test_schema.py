"""What a table takes over from the source's schema, and what it refuses."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lakestand.errors import IncompatibleSchema
from lakestand.pipeline.schema import conform, merged, plain

I32, I64, TEXT = pa.int32(), pa.int64(), pa.string()
NARROW = [("s", pa.struct([("x", I32)]))]
WIDE = [("s", pa.struct([("x", I64), ("y", TEXT)]))]
FOLLOWED = [
    ([("a", I32)], [("a", I32), ("b", TEXT)], [("a", I32), ("b", TEXT)]),
    ([("a", I32), ("b", TEXT)], [("a", I32)], [("a", I32), ("b", TEXT)]),
    ([("a", I32)], [("a", I64)], [("a", I64)]),
    ([("a", I64)], [("a", I32)], [("a", I64)]),
    ([("a", pa.float32())], [("a", pa.float64())], [("a", pa.float64())]),
    ([("a", pa.decimal128(5, 2))], [("a", pa.decimal128(9, 2))], [("a", pa.decimal128(9, 2))]),
    (NARROW, WIDE, WIDE),
    ([("l", pa.list_(I32))], [("l", pa.list_(I64))], [("l", pa.list_(I64))]),
]  # fmt: skip
REFUSED = [
    (TEXT, I32, r"t\.a is string in the table and int32 in the source"),
    (I64, TEXT, r"t\.a is int64 in the table and string"),
    (pa.decimal128(9, 2), pa.decimal128(9, 3), r"t\.a is decimal128\(9, 2\)"),
    (pa.struct([("x", TEXT)]), pa.struct([("x", I32)]), r"t\.a\.x is string"),
    (pa.timestamp("us"), pa.timestamp("us", "UTC"), r"t\.a is timestamp\[us\]"),
]


@pytest.mark.parametrize(("now", "new", "expected"), FOLLOWED)
def test_change_that_loses_nothing_is_followed(
    now: list[pa.Field], new: list[pa.Field], expected: list[pa.Field]
) -> None:
    assert merged(pa.schema(now), pa.schema(new), "t") == pa.schema(expected)


@pytest.mark.parametrize(("now", "new", "reason"), REFUSED)
def test_change_that_could_lose_values_is_refused_by_name(now: pa.DataType, new: pa.DataType, reason: str) -> None:
    with pytest.raises(IncompatibleSchema, match=reason):
        merged(pa.schema([("a", now)]), pa.schema([("a", new)]), "t")


def test_rows_are_filled_and_cast_to_a_wider_schema() -> None:
    rows = pa.table({"s": pa.array([{"x": 1}, None], pa.struct([("x", I32)]))})
    wider = pa.schema([("s", pa.struct([("x", I64), ("y", TEXT)])), ("n", I32)])

    assert conform(rows, wider).to_pylist() == [{"s": {"x": 1, "y": None}, "n": None}, {"s": None, "n": None}]
    assert conform(rows, wider).schema == wider


def test_libraries_spellings_of_a_type_are_one() -> None:
    spelled = pa.schema([pa.field("a", pa.large_string(), nullable=False), ("b", pa.large_list(pa.string_view()))])

    assert plain(spelled) == pa.schema([("a", TEXT), ("b", pa.list_(TEXT))])
