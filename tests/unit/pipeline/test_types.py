"""Every type of the sources arrives as the value that it was."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from lakestand.pipeline.decode import Decoder
from tests.unit.pipeline.envelopes import LONG, MYSQL, POSTGRES, Schema, key, record, value


def named(kind: str, name: str, **parameters: str) -> Schema:
    return {"type": kind, "optional": True, "name": name, "parameters": parameters}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


DECIMAL = "org.apache.kafka.connect.data.Decimal"
VARIABLE = named("struct", "io.debezium.data.VariableScaleDecimal") | {
    "fields": [{"type": "int32", "field": "scale"}, {"type": "bytes", "field": "value"}]
}
INTS = {"type": "array", "optional": True, "items": {"type": "int32", "optional": True}}
POINT = {
    "type": "struct",
    "optional": True,
    "fields": [{"type": "double", "field": "x"}, {"type": "bytes", "field": "wkb"}],
}
TS = datetime(2013, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001  a time without a zone is the case
CASES: list[tuple[Schema, Any, pa.DataType, Any]] = [
    ({"type": "int16"}, -5, pa.int32(), -5),
    ({"type": "int64"}, 2**63 - 1, pa.int64(), 2**63 - 1),
    ({"type": "float"}, 1.5, pa.float32(), 1.5),
    ({"type": "double"}, 2.25, pa.float64(), 2.25),
    ({"type": "boolean"}, True, pa.bool_(), True),
    ({"type": "string"}, "é😀", pa.string(), "é😀"),
    ({"type": "bytes"}, b64(b"\xde\xad"), pa.binary(), b"\xde\xad"),
    (
        named("bytes", DECIMAL, scale="2", **{"connect.decimal.precision": "10"}),
        b64(b"\x04\xd2"),
        pa.decimal128(10, 2),
        Decimal("12.34"),
    ),
    (named("bytes", DECIMAL, scale="2"), b64(b"\xff"), pa.decimal128(38, 2), Decimal("-0.01")),
    (
        named("bytes", DECIMAL, scale="0", **{"connect.decimal.precision": "20"}),
        b64((2**64 - 1).to_bytes(9, "big")),
        pa.decimal128(20, 0),
        Decimal(2**64 - 1),
    ),
    (VARIABLE, {"scale": 3, "value": b64(b"\x07\x5b\xcd\x15")}, pa.string(), "123456.789"),
    (named("int32", "io.debezium.time.Date"), 15707, pa.date32(), date(2013, 1, 2)),
    (named("int64", "io.debezium.time.Timestamp"), 1357095845678, pa.timestamp("us"), TS.replace(microsecond=678000)),
    (named("int64", "io.debezium.time.MicroTimestamp"), 1357095845678901, pa.timestamp("us"), TS),
    (named("int64", "io.debezium.time.NanoTimestamp"), 1357095845678901999, pa.timestamp("us"), TS),
    (
        named("string", "io.debezium.time.ZonedTimestamp"),
        "2013-01-02T03:04:05.678901Z",
        pa.timestamp("us", "UTC"),
        TS.replace(tzinfo=UTC),
    ),
    (named("int64", "io.debezium.time.MicroTime"), 36672123456, pa.time64("us"), time(10, 11, 12, 123456)),
    (named("int32", "io.debezium.time.Time"), 36672123, pa.time64("us"), time(10, 11, 12, 123000)),
    (named("int64", "io.debezium.time.MicroDuration"), 37091106000000, pa.int64(), 37091106000000),
    (named("string", "io.debezium.time.ZonedTime"), "08:11:12Z", pa.string(), "08:11:12Z"),
    (named("int32", "io.debezium.time.Year"), 2013, pa.int32(), 2013),
    (named("string", "io.debezium.data.Uuid"), "a0eebc99-9c0b", pa.string(), "a0eebc99-9c0b"),
    (named("string", "io.debezium.data.Json"), '{"a": 1}', pa.string(), '{"a": 1}'),
    (named("string", "io.debezium.data.Enum", allowed="a,b"), "a", pa.string(), "a"),
    (named("bytes", "io.debezium.data.Bits", length="12"), b64(b"\xaa\n"), pa.binary(), b"\xaa\n"),
    (INTS, [1, None, 3], pa.list_(pa.int32()), [1, None, 3]),
    (
        POINT,
        {"x": 1.0, "wkb": b64(b"\x01")},
        pa.struct([("x", pa.float64()), ("wkb", pa.binary())]),
        {"x": 1.0, "wkb": b"\x01"},
    ),
    ({"type": "double"}, "NaN", pa.float64(), float("nan")),
    ({"type": "double"}, "-Infinity", pa.float64(), float("-inf")),
]


def rows(column: Schema, *values: Any, source: str = POSTGRES) -> pa.Table:  # noqa: ANN401
    columns = {"id": LONG, "v": column | {"optional": True}}
    made = [value("c", None, {"id": i, "v": v}, columns, source) for i, v in enumerate(values)]
    (events,), bad = Decoder().decode([record(i, v, key(id=i)) for i, v in enumerate(made)])
    assert bad == []
    return pa.table({"v": pa.compute.struct_field(events.rows["after"], "v")})


@pytest.mark.parametrize(("column", "wire", "kind", "expected"), CASES, ids=lambda x: str(x)[:40])
def test_value_arrives_with_its_type_and_null_as_null(
    column: Schema, wire: object, kind: pa.DataType, expected: object
) -> None:
    found = rows(column, wire, None)

    assert found.schema.field("v").type == kind
    assert repr(found["v"].to_pylist()).replace("zoneinfo.ZoneInfo(key='UTC')", "datetime.timezone.utc") == repr(
        [expected, None]
    )


def test_mysqls_time_may_be_negative_and_stays_microseconds() -> None:
    found = rows(named("int64", "io.debezium.time.MicroTime"), -36672123456, source=MYSQL)

    assert found["v"].to_pylist() == [-36672123456]
