"""Avro datums become Arrow columns, many at once.

The datums of one schema become one Avro container of one block, which polars reads in columns. The container's schema
is ours: physical (see `avro_schema.to_physical`), so that nothing is converted on the way, and with a mark behind
every datum that proves its length.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, cast

import fastavro
import orjson
import pyarrow as pa

END = "__end"
SYNC = b"lakestand-blocks"


def read(values: Sequence[bytes], schema: Any, to: pa.Schema) -> pa.Table:  # noqa: ANN401  Avro's JSON
    """A row per datum of *values*, with the columns of *to*; ArrowInvalid when one is not of the physical *schema*."""
    import polars as pl  # noqa: PLC0415  a fifth of a second of every program that reads no Avro

    marked = {**schema, "fields": [*schema["fields"], {"name": END, "type": "long"}]}
    try:
        frame = pl.read_avro(io.BytesIO(_container(values, marked)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as err:
        raise pa.ArrowInvalid(f"no Avro of its schema: {err}") from err
    if frame.height != len(values) or not bool((frame[END] == MARK).all()):
        raise pa.ArrowInvalid("a datum is longer or shorter than its schema")
    return _as(frame.select(to.names).to_arrow(compat_level=pl.CompatLevel.oldest()), to)


def single(value: bytes, schema: Any, to: pa.Schema) -> pa.Table:  # noqa: ANN401  Avro's JSON
    """Like `read`, for one datum, by fastavro; ValueError or EOFError when it is not of *schema*."""
    row = datum(value, schema)
    return pa.Table.from_pylist([{name: row[name] for name in to.names}], schema=to)


def datum(value: bytes, schema: Any) -> Mapping[str, Any]:  # noqa: ANN401  Avro's JSON
    """Return the fields of one datum; ValueError or EOFError when it is not of *schema*."""
    data = io.BytesIO(value)
    row = fastavro.schemaless_reader(data, fastavro.parse_schema(schema))
    if rest := data.read():
        raise ValueError(f"{len(rest)} bytes follow the datum")
    return cast("Mapping[str, Any]", row)


def _as(table: pa.Table, to: pa.Schema) -> pa.Table:
    # Of the source only its time is wanted: a struct is cast by the names of its fields.
    arrays = [_fitted(table[f.name].combine_chunks(), f.type) for f in to]
    return pa.Table.from_arrays(arrays, schema=to)


def _fitted(array: pa.Array, to: pa.DataType) -> pa.Array:
    if pa.types.is_struct(to):
        parts = [_fitted(array.field(f.name), f.type) for f in to]
        return pa.StructArray.from_arrays(parts, fields=list(to), mask=array.is_null())
    return array.cast(to)


def _long(number: int) -> bytes:
    """Avro's zigzag, seven bits a byte."""
    rest, out = number << 1 if number >= 0 else ((-number) << 1) - 1, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


MARK = 0x5A17_6C61_6B65_7374
_MARK = _long(MARK)


def _text(text: bytes) -> bytes:
    return _long(len(text)) + text


def _container(values: Sequence[bytes], schema: object) -> bytes:
    body = _MARK.join([*values, b""])
    meta = [(b"avro.schema", orjson.dumps(schema)), (b"avro.codec", b"null")]
    head = b"Obj\x01" + _long(len(meta)) + b"".join(_text(k) + _text(v) for k, v in meta) + b"\0" + SYNC
    return head + _long(len(values)) + _long(len(body)) + body + SYNC
