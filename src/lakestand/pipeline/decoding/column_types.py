"""The types of columns: how Connect and Debezium write each, and what the tables hold. One table.

Names: "Data type mappings" in the documentation of Debezium's connectors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from lakestand.errors import UnknownType
from lakestand.lake.standins import Choice, OnStandIns
from lakestand.pipeline.decoding import unlogged
from lakestand.pipeline.decoding.column import BinaryEncoding, ColumnType, Dialect, Schema, decode_distinct
from lakestand.pipeline.decoding.numbers import connect_decimal, number_type, numeric, variable_decimal
from lakestand.pipeline.decoding.times import US, US_UTC, time_type

LABEL = re.compile(r"(?:[^,\\]|\\.)+", re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def column_type(schema: Schema, dialect: Dialect) -> ColumnType:
    """The type of one field of a row, from its Connect schema; UnknownType when Connect has no such type."""
    name, parameters = schema.get("name", ""), schema.get("parameters", {})
    if make := BINARY.get(name) or BINARY.get(schema["type"]):
        return make(parameters, dialect.binary)
    if name in PRINTED:
        return PRINTED[name](parameters, dialect.choice)
    return time_type(name, dialect) or _plain(schema, dialect)


def _plain(schema: Schema, dialect: Dialect) -> ColumnType:
    if schema["type"] == "array":
        return _list(column_type(schema["items"], dialect))
    if schema["type"] == "struct":
        return _struct({f["field"]: column_type(f, dialect) for f in schema["fields"]})
    if schema["type"] not in PLAIN:
        raise UnknownType(f"column {schema.get('field', '')} is of the unknown type {schema['type']}")
    return PLAIN[schema["type"]]


def _binary(_parameters: Mapping[str, str], binary: BinaryEncoding) -> ColumnType:
    return ColumnType(binary.wire, pa.binary(), decode_distinct(binary.decode, pa.binary()))


BINARY: dict[str, Callable[[Mapping[str, str], BinaryEncoding], ColumnType]] = {
    "bytes": _binary,
    "org.apache.kafka.connect.data.Decimal": connect_decimal,
    "io.debezium.data.VariableScaleDecimal": variable_decimal,
}


def _array(parameters: Mapping[str, str], choice: Choice) -> ColumnType:
    """An array of PostgreSQL as it prints it."""
    element = parameters.get("element", "text")
    item = number_type(parameters, choice) if element == "numeric" else ELEMENTS.get(element, pa.string())
    if choice == "text":
        return ColumnType(pa.string(), pa.string())
    to = pa.list_(item)
    return ColumnType(pa.string(), to, lambda array, on: unlogged.parse_lists(array, to, choice, on))


def _labels(parameters: Mapping[str, str], _choice: Choice) -> ColumnType:
    r"""Labels of MySQL's ENUM and SET. The log's have backslashes before commas and backslashes, a snapshot's have not.

    With the labels `b,c` and `d`, of which the schema has `b\\,c,d`, both `b\\,c` and `b,c` become `b,c`.
    """
    allowed = parameters.get("allowed", "")
    if "\\" not in allowed:
        return ColumnType(pa.string(), pa.string())
    escaped = {label for label in LABEL.findall(allowed) if "\\" in label}
    plain = {label: ESCAPE.sub(r"\1", label) for label in escaped}

    def unescape(written: str) -> str:
        return plain.get(written) or ",".join(plain.get(label, label) for label in written.split(","))

    return ColumnType(pa.string(), pa.string(), decode_distinct(unescape, pa.string()))


def _list(item: ColumnType) -> ColumnType:
    def convert(array: pa.Array, on_stand_ins: OnStandIns) -> pa.Array:
        # flatten() drops what lies under nulls, so lengths are counted again.
        lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int32())
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
        return pa.ListArray.from_arrays(offsets, item.convert(array.flatten(), on_stand_ins), mask=array.is_null())

    return ColumnType(pa.list_(item.wire), pa.list_(item.logical), convert)


def _struct(inner: Mapping[str, ColumnType]) -> ColumnType:
    logical = pa.struct([(name, t.logical) for name, t in inner.items()])

    def convert(array: pa.Array, on_stand_ins: OnStandIns) -> pa.Array:
        parts = [t.convert(pc.struct_field(array, name), on_stand_ins) for name, t in inner.items()]
        return pa.StructArray.from_arrays(parts, fields=list(logical), mask=array.is_null())

    return ColumnType(pa.struct([(name, t.wire) for name, t in inner.items()]), logical, convert)


def _json_text(array: pa.Array, _: OnStandIns) -> pa.Array:
    rows = [None if v is None else orjson.dumps(dict(v)).decode() for v in array.to_pylist()]
    return pa.array(rows, pa.string())


INT = ColumnType(pa.int32(), pa.int32())

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
# Written by docker/connect/values.
PRINTED: dict[str, Callable[[Mapping[str, str], Choice], ColumnType]] = {
    "dev.lakestand.Numeric": numeric,
    "dev.lakestand.Array": _array,
    "io.debezium.data.Enum": _labels,
    "io.debezium.data.EnumSet": _labels,
}
# The types of arrays' elements; any other is text.
ELEMENTS = {
    "bool": pa.bool_(),
    "int2": pa.int32(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "oid": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bytea": pa.binary(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": US,
    "timestamptz": US_UTC,
}
