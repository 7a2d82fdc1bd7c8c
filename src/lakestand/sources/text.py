"""CSV lines of a source database made Arrow tables: a field that is empty and not in quotes is null."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from lakestand.lake import texts
from lakestand.lake.standins import Choice, ignore

CHUNK = 50_000
BLOCK = 16 << 20
PARSE = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)


def as_arrow(lines: bytes, schema: pa.Schema, choice: Choice = "stand-in") -> pa.Table:
    r"""Return complete CSV lines as a table of *schema*; ArrowInvalid when a value does not have its column's type.

    A value that no table can hold becomes what the pipeline makes of it, by *choice*.

    >>> as_arrow(b'1,"a"\n2,\n', pa.schema([("id", pa.int32()), ("note", pa.string())])).to_pylist()
    [{'id': 1, 'note': 'a'}, {'id': 2, 'note': None}]
    """
    if not lines:
        return schema.empty_table()
    try:
        rows = _read(lines, [_csv_type(f.type) for f in schema])
    except pa.ArrowInvalid:  # as "infinity" among dates
        rows = _read(lines, [pa.string() for _ in schema])
    arrays = [parse(c.chunk(0), f.type, choice) for c, f in zip(rows.columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _read(lines: bytes, types: Sequence[pa.DataType]) -> pa.Table:
    names = [f"c{number}" for number in range(len(types))]
    return csv.read_csv(
        io.BytesIO(lines),
        csv.ReadOptions(column_names=names, block_size=len(lines) + 1),
        PARSE,
        csv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t", "1"],
            false_values=["f", "0"],
        ),
    ).combine_chunks()


def blocks(rows: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Yield *rows*, lines with their ends, joined to blocks of at most CHUNK rows.

    A block ends too with the row that brings it to BLOCK bytes.
    """
    waiting: list[bytes] = []
    size = 0
    for row in rows:
        waiting.append(bytes(row))
        size += len(waiting[-1])
        if len(waiting) >= CHUNK or size >= BLOCK:
            yield b"".join(waiting)
            waiting = []
            size = 0
    if waiting:
        yield b"".join(waiting)


def parse(array: pa.Array, to: pa.DataType, choice: Choice = "stand-in") -> pa.Array:
    r"""Return an array of texts, or of values that were read already, as the type *to*.

    Bytes are hexadecimal digits after a two-character prefix (\x or 0x) or a bit string; structs are JSON whose leaves
    are texts; all else is as PostgreSQL prints it.
    """
    if pa.types.is_struct(to):
        rows = pa.array(_json(array), pa.struct([(f.name, pa.string()) for f in to]))
        parts = [parse(pc.struct_field(rows, f.name), f.type, choice) for f in to]
        return pa.StructArray.from_arrays(parts, fields=list(to), mask=rows.is_null())
    if pa.types.is_binary(to):
        return pa.array([None if t is None else _bytes(t) for t in array.to_pylist()], to)
    if pa.types.is_string(array.type):
        return texts.parse(array, to, choice, ignore)
    if pa.types.is_temporal(to):
        numbers = array.cast(pa.int32() if pa.types.is_date(to) else pa.int64())
        return texts.fit(numbers, to, choice, ignore)
    return array


def _csv_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_nested(kind) or pa.types.is_binary(kind) else kind


def _json(texts: pa.Array) -> list[object]:
    return [None if t is None else orjson.loads(t) for t in texts.to_pylist()]


def _bytes(text: str) -> bytes:
    if text[1:2] == "x":
        return bytes.fromhex(text[2:])
    return int(text, 2).to_bytes((len(text) + 7) // 8, "little")  # the order in which Debezium has bit strings
