"""Rows as CSV, as the databases spell them, and as Arrow: a field that is empty and unquoted is null."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

CHUNK = 50_000
BLOCK = 16 << 20
PARSE = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)


def as_arrow(lines: bytes, schema: pa.Schema) -> pa.Table:
    """Whole lines as *schema*; ArrowInvalid when a value is none of its column's type."""
    if not lines:
        return schema.empty_table()
    names = [f"c{number}" for number in range(len(schema))]
    found = csv.read_csv(
        io.BytesIO(lines),
        csv.ReadOptions(column_names=names, block_size=len(lines) + 1),
        PARSE,
        csv.ConvertOptions(
            column_types={n: _wire(f.type) for n, f in zip(names, schema, strict=True)},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t", "1"],
            false_values=["f", "0"],
        ),
    ).combine_chunks()
    arrays = [parse(c.chunk(0), f.type) for c, f in zip(found.columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def blocks(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """*rows*, each with its line's end, as blocks of at most CHUNK of them and, but for a larger row, BLOCK bytes."""
    held: list[bytes] = []
    size = 0
    for row in rows:
        held.append(bytes(row))
        size += len(held[-1])
        if len(held) >= CHUNK or size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def parse(texts: pa.Array, to: pa.DataType) -> pa.Array:
    """Texts as *to*: bytes are hexadecimal or a bit string, lists and structs are JSON whose leaves are texts."""
    if texts.type == to:
        return texts
    if pa.types.is_list(to):
        rows = pa.array(_json(texts), pa.list_(pa.string()))
        return pa.ListArray.from_arrays(rows.offsets, parse(rows.values, to.value_type), mask=rows.is_null())
    if pa.types.is_struct(to):
        rows = pa.array(_json(texts), pa.struct([(f.name, pa.string()) for f in to]))
        parts = [parse(pc.struct_field(rows, f.name), f.type) for f in to]
        return pa.StructArray.from_arrays(parts, fields=list(to), mask=rows.is_null())
    if pa.types.is_binary(to):
        return pa.array([None if t is None else _bytes(t) for t in texts.to_pylist()], to)
    return texts.cast(to)


def _wire(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_nested(kind) or pa.types.is_binary(kind) else kind


def _json(texts: pa.Array) -> list[object]:
    return [None if t is None else orjson.loads(t) for t in texts.to_pylist()]


def _bytes(text: str) -> bytes:
    if text[1:2] == "x":
        return bytes.fromhex(text[2:])
    return int(text, 2).to_bytes((len(text) + 7) // 8, "little")  # as Debezium has bit strings
