"""Every type that Debezium's connectors write → the value that the tables hold."""

from __future__ import annotations

import base64
import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from lakestand.pipeline.decoding.records import KafkaRecord
from tests.unit.pipeline.connect import Field, decoded, field, record, undecodable

DECIMAL = "org.apache.kafka.connect.data.Decimal"
VARIABLE = "io.debezium.data.VariableScaleDecimal"
STAMP = datetime(2018, 6, 20, 13, 37, 3, 123456)  # noqa: DTZ001  a timestamp without a zone
SECOND = datetime(2018, 6, 20, 13, 37, 3, tzinfo=UTC)
SEVEN = "00000000-0000-0000-0000-000000000007"
US, UTC_US, TEXT = pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.string()


def base(number: int) -> str:
    """Return a decimal's digits as Connect writes them: base64 of a big-endian integer."""
    return base64.b64encode(number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)).decode()


def precise(precision: int | None, scale: int) -> Field:
    """Return a column of numbers with *precision* digits, *scale* of them after the point."""
    known = {} if precision is None else {"connect.decimal.precision": str(precision)}
    return field("x", "bytes", DECIMAL, parameters={"scale": str(scale), **known})


def variable() -> Field:
    """Return a column of numbers without precision and scale."""
    return field("x", "struct", VARIABLE, fields=[field("scale", "int32"), field("value", "bytes")])


def plain(kind: str, semantic: str | None = None, **more: object) -> Field:
    """Return a column called x."""
    return field("x", kind, semantic, **more)


def many(item: Field) -> Field:
    """Return a column of arrays of *item*."""
    return plain("array", items={k: v for k, v in item.items() if k != "field"})


def arrives(column: Field, value: object, connector: str = "postgresql") -> pa.Array:
    """Return the column that the tables get for one value."""
    events = decoded(_with(column, value, connector))
    return events[0].rows["after"].combine_chunks().field("x")


def _with(column: Field, value: object, connector: str) -> KafkaRecord:
    columns = (field("id", "int32"), column)
    return record(0, "c", after={"id": 1, "x": value}, columns=columns, connector=connector)


ZONED = plain("string", "io.debezium.time.ZonedTimestamp")
TIMES = [
    (plain("int32", "io.debezium.time.Date"), 17702, pa.date32(), date(2018, 6, 20)),
    (plain("int32", "io.debezium.time.Date"), -1, pa.date32(), date(1969, 12, 31)),
    (plain("int32", "org.apache.kafka.connect.data.Date"), 17702, pa.date32(), date(2018, 6, 20)),
    (plain("int64", "io.debezium.time.Timestamp"), 1529501823123, US, STAMP.replace(microsecond=123000)),
    (plain("int64", "org.apache.kafka.connect.data.Timestamp"), 1529501823123, US, STAMP.replace(microsecond=123000)),
    (plain("int64", "io.debezium.time.MicroTimestamp"), 1529501823123456, US, STAMP),
    (plain("int64", "io.debezium.time.NanoTimestamp"), 1529501823123456789, US, STAMP),
    (ZONED, "2018-06-20T13:37:03.123456Z", UTC_US, STAMP.replace(tzinfo=UTC)),
    (ZONED, "2018-06-20T13:37:03Z", UTC_US, SECOND),
    (ZONED, "2018-06-20T15:37:03.1+02:00", UTC_US, SECOND.replace(microsecond=100000)),
    (plain("int32", "io.debezium.time.Time"), 49023123, pa.time64("us"), time(13, 37, 3, 123000)),
    (plain("int32", "org.apache.kafka.connect.data.Time"), 49023123, pa.time64("us"), time(13, 37, 3, 123000)),
    (plain("int64", "io.debezium.time.MicroTime"), 49023123456, pa.time64("us"), time(13, 37, 3, 123456)),
    (plain("int64", "io.debezium.time.NanoTime"), 49023123456789, pa.time64("us"), time(13, 37, 3, 123456)),
    (plain("string", "io.debezium.time.ZonedTime"), "13:37:03.123456Z", TEXT, "13:37:03.123456Z"),
    (plain("string", "io.debezium.time.Interval"), "P1Y2M3DT4H5M6.78S", TEXT, "P1Y2M3DT4H5M6.78S"),
    (plain("int64", "io.debezium.time.MicroDuration"), 37091106780000, pa.int64(), 37091106780000),
    (plain("int32", "io.debezium.time.Year"), 2018, pa.int32(), 2018),
]  # fmt: skip
NUMBERS = [
    (plain("int8"), -128, pa.int32(), -128),
    (plain("int16"), 32767, pa.int32(), 32767),
    (plain("int32"), -(2**31), pa.int32(), -(2**31)),
    (plain("int64"), 2**63 - 1, pa.int64(), 2**63 - 1),
    (plain("int64"), 2**32 - 1, pa.int64(), 2**32 - 1),
    (plain("float"), 1.5, pa.float32(), 1.5),
    (plain("double"), 0.1, pa.float64(), 0.1),
    (plain("double"), "Infinity", pa.float64(), math.inf),
    (plain("boolean"), True, pa.bool_(), True),
    (precise(10, 2), base(-150), pa.decimal128(10, 2), Decimal("-1.50")),
    (precise(20, 0), base(2**64 - 1), pa.decimal128(20, 0), Decimal(2**64 - 1)),
    (precise(38, 10), base(10**38 - 1), pa.decimal128(38, 10), Decimal("9999999999999999999999999999.9999999999")),
    (precise(None, 3), base(7), pa.decimal128(38, 3), Decimal("0.007")),
    (precise(50, 2), base(10**48 + 7), TEXT, "1" + "0" * 46 + ".07"),
    (variable(), {"scale": 4, "value": base(-12345678)}, TEXT, "-1234.5678"),
    (variable(), {"scale": 0, "value": base(10**60)}, TEXT, "1" + "0" * 60),
]
TEXTS = [
    (plain("string"), "Zürich 🛫\n\"'\\", TEXT, "Zürich 🛫\n\"'\\"),
    (plain("string", "io.debezium.data.Uuid"), SEVEN, TEXT, SEVEN),
    (plain("string", "io.debezium.data.Json"), '{"payload":{"a":[1]}}', TEXT, '{"payload":{"a":[1]}}'),
    (plain("string", "io.debezium.data.Xml"), "<a/>", TEXT, "<a/>"),
    (plain("string", "io.debezium.data.Enum", parameters={"allowed": "a,b"}), "b", TEXT, "b"),
    (plain("string", "io.debezium.data.EnumSet", parameters={"allowed": "a,b"}), "a,b", TEXT, "a,b"),
    (plain("string", "io.debezium.data.Ltree"), "a.b", TEXT, "a.b"),
    (plain("bytes"), "AP8=", pa.binary(), b"\x00\xff"),
    (plain("bytes", "io.debezium.data.Bits", parameters={"length": "10"}), "qgI=", pa.binary(), b"\xaa\x02"),
]  # fmt: skip
NESTED = [
    (many(plain("int32")), [1, None, 3], pa.list_(pa.int32()), [1, None, 3]),
    (many(plain("string")), [], pa.list_(TEXT), []),
    (many(plain("bytes")), ["AP8="], pa.list_(pa.binary()), [b"\x00\xff"]),
    (many(plain("int32", "io.debezium.time.Date")), [17702, None], pa.list_(pa.date32()), [date(2018, 6, 20), None]),
    (many(precise(5, 1)), [base(15), base(-1)], pa.list_(pa.decimal128(5, 1)), [Decimal("1.5"), Decimal("-0.1")]),
    (
        plain("struct", "io.debezium.data.geometry.Geometry", fields=[field("wkb", "bytes"), field("srid", "int32")]),
        {"wkb": "AP8=", "srid": None},
        pa.struct([("wkb", pa.binary()), ("srid", pa.int32())]),
        {"wkb": b"\x00\xff", "srid": None},
    ),
    (
        plain("map", keys={"type": "string"}, values={"type": "string", "optional": True}),
        {"a": "1", "b": None},
        TEXT,
        '{"a":"1","b":null}',
    ),
]
ALL = TIMES + NUMBERS + TEXTS + NESTED


def _named(value: object) -> str | None:
    return str(value.get("name") or value["type"]) if isinstance(value, dict) and "field" in value else None


@pytest.mark.parametrize(("column", "wire", "kind", "value"), ALL, ids=_named)
def test_a_value_arrives_as_it_was(column: Field, wire: object, kind: pa.DataType, value: object) -> None:
    array = arrives(column, wire)

    assert array.type == kind
    assert array.to_pylist() == [value]


@pytest.mark.parametrize(("column", "kind"), [(c, k) for c, _, k, _ in ALL], ids=_named)
def test_null_is_null(column: Field, kind: pa.DataType) -> None:
    array = arrives(column, None)

    assert (array.type, array.to_pylist()) == (kind, [None])


def test_not_a_number_is_not_a_number() -> None:
    assert math.isnan(arrives(plain("double"), "NaN")[0].as_py())


@pytest.mark.parametrize("micros", [-3_020_399_000_000, 3_020_399_000_000, 0])
def test_a_time_of_mysql_may_be_longer_than_a_day(micros: int) -> None:
    array = arrives(plain("int64", "io.debezium.time.MicroTime"), micros, "mysql")

    assert (array.type, array.to_pylist()) == (pa.int64(), [micros])


@pytest.mark.parametrize(
    ("column", "wire"),
    [
        (plain("int32"), 2**31),
        (plain("int32"), "seven"),
        (plain("string"), 7),
        (plain("boolean"), 1),
        (plain("bytes"), "no base64!"),
        (precise(3, 1), base(12345)),
        (plain("string", "io.debezium.time.ZonedTimestamp"), "yesterday"),
    ],
    ids=["too large", "text", "number", "flag", "bytes", "digits", "time"],
)
def test_a_value_that_its_type_cannot_hold_is_set_aside_alone(column: Field, wire: Any) -> None:  # noqa: ANN401
    good = _with(column, None, "postgresql")._replace(offset=1)
    events, bad = undecodable(_with(column, wire, "postgresql"), good)

    assert [b.record.offset for b in bad] == [0]
    assert [e.rows["offset"].to_pylist() for e in events] == [[1]]
