"""One version of one table, as the schema part of its change events describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from lakestand.pipeline.decoding import avro, avro_schema
from lakestand.pipeline.decoding.types import AVRO, JSON, BinaryForm, ColumnType, column_type

PAYLOAD = b'"payload":'
SOURCE = pa.struct([("ts_ms", pa.int64())])
QUOTE, BACKSLASH, OPEN, CLOSE = b'"\\{}'


@dataclass(frozen=True)
class Envelope:
    """The columns of a row, and how the events are read: from JSON, or as *avro*'s bare schema says."""

    columns: dict[str, ColumnType]
    avro: Any = None

    @property
    def row(self) -> pa.StructType:
        """A row as the tables hold it."""
        return pa.struct([(name, t.logical) for name, t in self.columns.items()])

    @property
    def wire(self) -> pa.Schema:
        """An event as the record holds it."""
        row = pa.struct([(name, t.wire) for name, t in self.columns.items()])
        return pa.schema([("before", row), ("after", row), ("source", SOURCE), ("op", pa.string())])

    def rows(self, array: pa.StructArray) -> pa.StructArray:
        """Rows as read from JSON → rows as the tables hold them."""
        # struct_field, not field(): below a null row the latter gives 0 or "", which a delete would take for its key.
        parts = [t.convert(pc.struct_field(array, name)) for name, t in self.columns.items()]
        return pa.StructArray.from_arrays(parts, fields=list(self.row), mask=array.is_null())


def prefix_length(value: bytes) -> int:
    """How long a JSON record is before its payload's name, or an Avro one before its datum; 0 when it has no schema.

    The schema comes first and is the same, byte for byte, in all events of one table version; in Avro it is an id.
    """
    if avro.is_avro(value):
        return avro.PREFIX
    if not value.startswith(b'{"schema":{'):
        return 0
    return max(0, value.find(PAYLOAD, _end_of_object(value, value.index(b"{", 1))))


def parse(prefix: bytes) -> Envelope:
    """The envelope that a record's schema part describes; ValueError when it is another kind of record."""
    return Envelope(_columns(orjson.loads(prefix + PAYLOAD + b"null}")["schema"], JSON))


def parse_avro(text: str) -> Envelope:
    """The envelope that a registered schema describes; ValueError as above."""
    schema = orjson.loads(text)
    return Envelope(_columns(avro_schema.to_connect(schema), AVRO), avro_schema.to_physical(schema))


def _columns(schema: Mapping[str, Any], form: BinaryForm) -> dict[str, ColumnType]:
    fields = {f["field"]: f for f in schema.get("fields", ())}
    if not {"before", "after", "source", "op"} <= fields.keys():
        raise ValueError(f"its schema {schema.get('name', '')} has the fields {', '.join(fields) or 'none'}")
    mysql = "postgres" not in fields["source"].get("name", "")
    return {f["field"]: column_type(f, mysql=mysql, form=form) for f in fields["after"]["fields"]}


def key_fields(key: bytes) -> tuple[str, ...]:
    """Names of the key's fields, from a Kafka key with a schema."""
    schema = orjson.loads(key).get("schema") or {}
    return tuple(str(field["field"]) for field in schema.get("fields", ()))


def _end_of_object(value: bytes, at: int) -> int:
    """The index after the object that begins at *at*."""
    depth, inside, hidden = 0, False, False
    for i in range(at, len(value)):
        char = value[i]
        if hidden:
            hidden = False
        elif inside:
            hidden, inside = char == BACKSLASH, char != QUOTE
        elif char == QUOTE:
            inside = True
        elif char in (OPEN, CLOSE):
            depth += 1 if char == OPEN else -1
            if depth == 0:
                return i + 1
    return len(value)
