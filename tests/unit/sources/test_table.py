"""Rows of Python values as Arrow: spelled as the pipeline spells them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pytest

from lakestand.sources.table import as_arrow

NOON = time(12, 0, 0, 1)
STAMP = datetime(2013, 1, 1, 5, 0, 0, 7, tzinfo=UTC)


def spelled(value: object, kind: pa.DataType) -> object:
    """*value* after its way through Arrow."""
    return as_arrow([(value,)], pa.schema([("x", kind)]))["x"][0].as_py()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zürich 🛫", "Zürich 🛫"),
        ("", ""),
        ("Zürich 🛫".encode(), "Zürich 🛫"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Decimal("1.50"), "1.50"),
        (7, "7"),
    ],
)
def test_a_text_is(value: object, text: str) -> None:
    assert spelled(value, pa.string()) == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *((7, 7), (2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)), (Decimal(7), 7), ("-8", -8), (0, 0)),
        *((NOON, 43_200_000_001), (time.min, 0), (time.max, 86_399_999_999)),
        *((timedelta(hours=838, minutes=59, seconds=59), 3_020_399_000_000), (timedelta(microseconds=-1), -1)),
        (timedelta(hours=-838), -3_016_800_000_000),
    ],
)
def test_an_integer_is_the_number_or_the_times_microseconds(value: object, number: int) -> None:
    assert spelled(value, pa.int64()) == number


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *((1.5, pa.float64()), (True, pa.bool_()), (b"\x00\xff", pa.binary()), (date(2013, 1, 1), pa.date32())),
        *((7, pa.int32()), (Decimal("1.50"), pa.decimal128(10, 2)), (["a", None], pa.list_(pa.string()))),
        (STAMP, pa.timestamp("us", "UTC")),
    ],
    ids=str,
)
def test_another_value_is_itself(value: object, kind: pa.DataType) -> None:
    assert spelled(value, kind) == value


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.int64(), pa.float64(), pa.timestamp("us", "UTC"), pa.decimal128(10, 2)], ids=str
)
def test_null_is_null_in_every_kind(kind: pa.DataType) -> None:
    assert spelled(None, kind) is None


def test_rows_keep_their_order_and_columns() -> None:
    schema = pa.schema([("id", pa.int64()), ("name", pa.string())])
    table = as_arrow([(2, "b"), (1, None)], schema)

    assert table.schema == schema
    assert table.to_pylist() == [{"id": 2, "name": "b"}, {"id": 1, "name": None}]


def test_no_rows_are_a_table_of_the_schema() -> None:
    schema = pa.schema([("id", pa.int64()), ("name", pa.string())])

    assert as_arrow([], schema) == schema.empty_table()


@pytest.mark.parametrize("row", [(1,), (1, "a", 2)])
def test_a_row_of_another_width_is_refused(row: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        as_arrow([row], pa.schema([("id", pa.int64()), ("name", pa.string())]))


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        spelled(2**31, pa.int32())
