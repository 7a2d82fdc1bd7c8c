"""The types of columns: how Connect and Debezium write each, and what the tables hold. One table.

Names: "Data type mappings" in the documentation of Debezium's connectors.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from lakestand.errors import UnknownType

Schema = Mapping[str, Any]
Convert = Callable[[pa.Array], pa.Array]

MAX_PRECISION = 38
US, US_UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class ColumnType:
    """How a column arrives (*wire*), what the tables hold (*logical*), and how to *convert* from one to the other."""

    wire: pa.DataType
    logical: pa.DataType
    convert: Convert = lambda array: array


@dataclass(frozen=True)
class BinaryEncoding:
    """How a wire format writes binary data: with the Arrow type *wire*, whose values *decode* turns into bytes."""

    wire: pa.DataType
    decode: Callable[[Any], bytes]


def column_type(schema: Schema, *, mysql: bool, binary: BinaryEncoding) -> ColumnType:
    """The type of one field of a row, from its Connect schema; UnknownType when Connect has no such type."""
    name = schema.get("name", "")
    if make := BINARY.get(name) or BINARY.get(schema["type"]):
        return make(schema.get("parameters", {}), binary)
    if name in TIMES:
        return _time(TIMES[name], mysql=mysql)
    if name in NAMED:
        return NAMED[name]
    if schema["type"] == "array":
        return _list(column_type(schema["items"], mysql=mysql, binary=binary))
    if schema["type"] == "struct":
        return _struct({f["field"]: column_type(f, mysql=mysql, binary=binary) for f in schema["fields"]})
    if schema["type"] not in PLAIN:
        raise UnknownType(f"column {schema.get('field', '')} is of the unknown type {schema['type']}")
    return PLAIN[schema["type"]]


def _cast(to: pa.DataType) -> Convert:
    return lambda array: array.cast(to)


def _scaled(unit: str) -> Convert:
    return lambda array: array.cast(pa.timestamp(unit)).cast(US, safe=False)


def decode_distinct(decode: Callable[[Any], Any], to: pa.DataType) -> Convert:
    """A conversion to *to* that calls *decode* once per distinct value: for types that Arrow cannot read by itself."""

    def convert(array: pa.Array) -> pa.Array:
        coded = array.dictionary_encode()
        values = pa.array([None if v is None else decode(v) for v in coded.dictionary.to_pylist()], to)
        return values.take(coded.indices)

    return convert


def _unscaled(number: bytes) -> int:
    return int.from_bytes(number, "big", signed=True)


def _decimal(parameters: Mapping[str, str], binary: BinaryEncoding) -> ColumnType:
    scale = int(parameters.get("scale", "0"))
    precision = int(parameters.get("connect.decimal.precision", MAX_PRECISION))

    def number(written: Any) -> decimal.Decimal:  # noqa: ANN401  as the format has it
        return _number(_unscaled(binary.decode(written)), scale)

    if precision > MAX_PRECISION:  # neither Iceberg nor Delta has so many digits
        return ColumnType(binary.wire, pa.string(), decode_distinct(lambda w: str(number(w)), pa.string()))
    to = pa.decimal128(precision, scale)
    return ColumnType(binary.wire, to, decode_distinct(number, to))


def _number(unscaled: int, scale: int) -> decimal.Decimal:
    # From its digits: arithmetic would round to the context's 28.
    return decimal.Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


def _variable(_parameters: Mapping[str, str], binary: BinaryEncoding) -> ColumnType:
    """Numbers without a declared scale keep theirs, digit by digit, as text."""

    def text(value: Mapping[str, Any] | None) -> str | None:
        return None if value is None else str(_number(_unscaled(binary.decode(value["value"])), value["scale"]))

    wire = pa.struct([("scale", pa.int32()), ("value", binary.wire)])
    return ColumnType(wire, pa.string(), lambda array: pa.array(map(text, array.to_pylist()), pa.string()))


def _binary(_parameters: Mapping[str, str], binary: BinaryEncoding) -> ColumnType:
    return ColumnType(binary.wire, pa.binary(), decode_distinct(binary.decode, pa.binary()))


BINARY: dict[str, Callable[[Mapping[str, str], BinaryEncoding], ColumnType]] = {
    "bytes": _binary,
    "org.apache.kafka.connect.data.Decimal": _decimal,
    "io.debezium.data.VariableScaleDecimal": _variable,
}


def _time(micros: Convert, *, mysql: bool) -> ColumnType:
    """PostgreSQL's is a time of day; MySQL's runs from -838:59:59 to 838:59:59 and stays microseconds."""
    if mysql:
        return ColumnType(pa.int64(), pa.int64(), micros)
    return ColumnType(pa.int64(), pa.time64("us"), lambda array: micros(array).cast(pa.time64("us")))


def _list(item: ColumnType) -> ColumnType:
    def convert(array: pa.Array) -> pa.Array:
        # flatten() drops what lies under nulls, so lengths are counted again.
        lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int32())
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
        return pa.ListArray.from_arrays(offsets, item.convert(array.flatten()), mask=array.is_null())

    return ColumnType(pa.list_(item.wire), pa.list_(item.logical), convert)


def _struct(inner: Mapping[str, ColumnType]) -> ColumnType:
    logical = pa.struct([(name, t.logical) for name, t in inner.items()])

    def convert(array: pa.Array) -> pa.Array:
        parts = [t.convert(pc.struct_field(array, name)) for name, t in inner.items()]
        return pa.StructArray.from_arrays(parts, fields=list(logical), mask=array.is_null())

    return ColumnType(pa.struct([(name, t.wire) for name, t in inner.items()]), logical, convert)


def _json_text(array: pa.Array) -> pa.Array:
    texts = [None if v is None else orjson.dumps(dict(v)).decode() for v in array.to_pylist()]
    return pa.array(texts, pa.string())


INT = ColumnType(pa.int32(), pa.int32())
DATE = ColumnType(pa.int32(), pa.date32(), _cast(pa.date32()))

TIMES: dict[str, Convert] = {
    "io.debezium.time.Time": lambda array: pc.multiply(array, 1000),
    "org.apache.kafka.connect.data.Time": lambda array: pc.multiply(array, 1000),
    "io.debezium.time.MicroTime": lambda array: array,
    "io.debezium.time.NanoTime": lambda array: pc.divide(array, 1000),
}
# Iceberg and Delta have no common integer smaller than 32 bits.
PLAIN = {
    "int8": INT,
    "int16": INT,
    "int32": INT,
    "int64": ColumnType(pa.int64(), pa.int64()),
    "float": ColumnType(pa.float32(), pa.float32()),
    "double": ColumnType(pa.float64(), pa.float64()),
    "boolean": ColumnType(pa.bool_(), pa.bool_()),
    "string": ColumnType(pa.string(), pa.string()),
    "map": ColumnType(pa.map_(pa.string(), pa.string()), pa.string(), _json_text),
}
NAMED = {
    "io.debezium.time.Date": DATE,
    "org.apache.kafka.connect.data.Date": DATE,
    "io.debezium.time.Timestamp": ColumnType(pa.int64(), US, _scaled("ms")),
    "org.apache.kafka.connect.data.Timestamp": ColumnType(pa.int64(), US, _scaled("ms")),
    "io.debezium.time.MicroTimestamp": ColumnType(pa.int64(), US, _scaled("us")),
    "io.debezium.time.NanoTimestamp": ColumnType(pa.int64(), US, _scaled("ns")),
    "io.debezium.time.ZonedTimestamp": ColumnType(pa.string(), US_UTC, _cast(US_UTC)),
}
