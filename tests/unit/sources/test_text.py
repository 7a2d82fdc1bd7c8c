"""Rows as CSV → Arrow: the value that the text means, or a refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import inf, isnan

import pyarrow as pa
import pytest

from lakestand.sources import text
from lakestand.sources.text import as_arrow, blocks

STAMP = datetime(2013, 1, 1, 5, 0, 0, 7, tzinfo=UTC)
TWO = pa.schema([("id", pa.int64()), ("name", pa.string())])
POINT = pa.struct([("wkb", pa.binary()), ("srid", pa.int32())])


def read(spelled: str, kind: pa.DataType) -> object:
    """Return the value of a line with one field."""
    return as_arrow(f"{spelled}\n".encode(), pa.schema([("x", kind)]))["x"][0].as_py()


@pytest.mark.parametrize(
    ("spelled", "kind", "value"),
    [
        ("Zürich 🛫", pa.string(), "Zürich 🛫"),
        ('"a ""quoted"", and\ntwo lines"', pa.string(), 'a "quoted", and\ntwo lines'),
        ("NULL", pa.string(), "NULL"),
        ("9223372036854775807", pa.int64(), 2**63 - 1),
        ("-2147483648", pa.int32(), -(2**31)),
        ("3.1415927410125732", pa.float32(), 3.1415927410125732),
        ("0.1", pa.float64(), 0.1),
        ("-Infinity", pa.float64(), -inf),
        ("18446744073709551615", pa.decimal128(20, 0), Decimal(2**64 - 1)),
        ("-1.5", pa.decimal128(10, 2), Decimal("-1.50")),
        ("t", pa.bool_(), True),
        ("0", pa.bool_(), False),
        ("9999-12-31", pa.date32(), date(9999, 12, 31)),
        ("23:59:59.999999", pa.time64("us"), time(23, 59, 59, 999999)),
        ("2013-01-01 05:00:00.000007", pa.timestamp("us"), STAMP.replace(tzinfo=None)),
        ("2013-01-01 05:00:00.000007+00", pa.timestamp("us", "UTC"), STAMP),
        ("2013-01-01 05:00:00.000007Z", pa.timestamp("us", "UTC"), STAMP),
        ("\\x00ff", pa.binary(), b"\x00\xff"),
        ("0x", pa.binary(), b""),
        ("1010101010", pa.binary(), b"\xaa\x02"),
        ('"{a,NULL,""""}"', pa.list_(pa.string()), ["a", None, ""]),
        ('"{1,2}"', pa.list_(pa.int32()), [1, 2]),
        ('"{1.5}"', pa.list_(pa.decimal128(5, 1)), [Decimal("1.5")]),
        ('"{2013-01-01}"', pa.list_(pa.date32()), [date(2013, 1, 1)]),
        ('"{t,NULL}"', pa.list_(pa.bool_()), [True, None]),
        ('"{""\\\\x00""}"', pa.list_(pa.binary()), [b"\x00"]),
        ("{}", pa.list_(pa.int64()), []),
        ("10:00:00.5", pa.int64(), 36_000_500_000),
        ("infinity", pa.date32(), date(9999, 12, 31)),
        ("0044-03-15 BC", pa.date32(), date(1, 1, 1)),
        ("24:00:00", pa.time64("us"), time(23, 59, 59, 999999)),
        ("NaN", pa.decimal128(10, 2), None),
        ('"{""srid"":""4326"",""wkb"":""0x01"",""more"":1}"', POINT, {"wkb": b"\x01", "srid": 4326}),
        ('"{""srid"":null,""wkb"":""0x01""}"', POINT, {"wkb": b"\x01", "srid": None}),
    ],
    ids=str,
)
def test_a_text_is_the_value_that_it_means(spelled: str, kind: pa.DataType, value: object) -> None:
    assert read(spelled, kind) == value


def test_nan_is_nan() -> None:
    assert isnan(float(str(read("NaN", pa.float64()))))


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.int64(), pa.binary(), pa.bool_(), pa.list_(pa.int32()), POINT, pa.date32()], ids=str
)
def test_an_empty_field_is_null_in_every_kind(kind: pa.DataType) -> None:
    assert read("", kind) is None


def test_an_empty_text_in_quotes_is_no_null() -> None:
    assert read('""', pa.string()) == ""


def test_rows_keep_their_order_and_columns() -> None:
    table = as_arrow(b'2,"b"\n1,\n', TWO)

    assert table.schema == TWO
    assert table.to_pylist() == [{"id": 2, "name": "b"}, {"id": 1, "name": None}]


def test_columns_may_have_the_same_name_but_for_case_and_any_letters() -> None:
    schema = pa.schema([("a.b", pa.int32()), ("A.B", pa.int32())])

    assert as_arrow(b"1,2\n", schema).to_pylist() == [{"a.b": 1, "A.B": 2}]


def test_no_rows_are_a_table_of_the_schema() -> None:
    assert as_arrow(b"", TWO) == TWO.empty_table()


@pytest.mark.parametrize("line", [b"1\n", b'1,"a",2\n', b'2147483648.5,"a"\n', b'x,"a"\n'])
def test_a_row_that_does_not_fit_is_refused(line: bytes) -> None:
    with pytest.raises(pa.ArrowInvalid):
        as_arrow(line, TWO)


def test_blocks_hold_all_rows_in_order_and_so_many_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "CHUNK", 2)

    assert list(blocks([b"1\n", memoryview(b"2\n"), b"3\n"])) == [b"1\n2\n", b"3\n"]


def test_blocks_end_where_they_are_large_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "BLOCK", 4)

    assert list(blocks([b"1\n", b"2345\n", b"6\n"])) == [b"1\n2345\n", b"6\n"]
