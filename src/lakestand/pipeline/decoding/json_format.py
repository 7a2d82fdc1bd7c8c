"""Kafka Connect's JsonConverter with schemas.enable: `{"schema":{…},"payload":{…}}`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import json as arrow_json

from lakestand.lake.standins import Choice
from lakestand.pipeline.decoding.column import BinaryEncoding
from lakestand.pipeline.decoding.envelope import Envelope, read_columns, read_filled, read_names
from lakestand.pipeline.decoding.wire_format import SchemaLookup

BEGIN = b'{"schema":{'
PAYLOAD = b'"payload":'
SOURCE = b'"source":{'
QUOTE, BACKSLASH, OPEN, CLOSE = b'"\\{}'
BLOCK = 2 << 20
# Connect writes them as strings, for JSON has no such numbers.
NOT_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def _decode_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)  # without it, characters that are no base64 are skipped


BINARY = BinaryEncoding(pa.string(), _decode_base64)


class JsonFormat:
    """The prefix is the schema itself, up to the name `"payload":`; what follows is the end of a JSON object."""

    def prefix_length(self, value: bytes) -> int:
        """Where `"payload":` begins; 0 when the value does not start with a schema."""
        if not value.startswith(BEGIN):
            return 0
        return max(0, value.find(PAYLOAD, _end_of_object(value, value.index(b"{", 1))))

    def read_envelope(self, prefix: bytes, _lookup: SchemaLookup, choice: Choice) -> Envelope:
        """Read the columns from the schema that *prefix* is."""
        schema = orjson.loads(prefix + PAYLOAD + b"null}")["schema"]
        return Envelope(
            columns=read_columns(schema, BINARY, choice),
            names=read_names(schema),
            filled=read_filled(schema),
            format=self,
        )

    def read_key_fields(self, key: bytes, _lookup: SchemaLookup) -> tuple[str, ...]:
        """Return the fields' names from the schema in the key; none from a key without a schema."""
        schema = orjson.loads(key).get("schema") or {}
        return tuple(str(field["field"]) for field in schema.get("fields", ()))

    def read_source(self, payload: bytes, _envelope: Envelope) -> dict[str, Any]:
        """Read the last object of that name: what comes before, a row's texts, has its quotes escaped."""
        begin = payload.rindex(SOURCE) + len(SOURCE) - 1
        return dict(orjson.loads(payload[begin : _end_of_object(payload, begin)]))

    def read_all(self, payloads: Sequence[bytes], envelope: Envelope) -> pa.Table:
        """Read the payloads as lines of JSON, in Arrow; ArrowInvalid when any does not fit."""
        # Each is the end of an object: "payload":{…}}. Of a line that is null alone, Arrow 26.0 dies.
        rows = arrow_json.read_json(
            pa.BufferReader(b"{" + b"\n{".join(payloads)),
            read_options=arrow_json.ReadOptions(block_size=max(BLOCK, 2 * max(map(len, payloads)))),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=pa.schema([("payload", pa.struct(list(envelope.wire)))]),
                unexpected_field_behavior="ignore",
            ),
        )["payload"]
        if len(rows) != len(payloads):
            raise pa.ArrowInvalid(f"{len(payloads)} payloads gave {len(rows)} rows")
        if rows.null_count:
            raise pa.ArrowInvalid("a payload is null")
        return pa.Table.from_struct_array(rows)

    def read_one(self, value: bytes, envelope: Envelope) -> pa.Table:
        """Read one record in Python, which also knows the numbers that JSON lacks: NaN and the infinities."""
        payload, schema = orjson.loads(value)["payload"], envelope.wire
        if not isinstance(payload, dict):
            raise TypeError(f"its payload is {payload!r}")
        row = {name: _with_numbers(payload.get(name), schema.field(name).type) for name in schema.names}
        return pa.Table.from_pylist([row], schema=schema)


def _with_numbers(value: Any, to: pa.DataType) -> Any:  # noqa: ANN401  JSON is anything
    if pa.types.is_floating(to) and isinstance(value, str):
        return NOT_NUMBERS[value]
    if pa.types.is_struct(to) and isinstance(value, dict):
        return {f.name: _with_numbers(value.get(f.name), f.type) for f in to}
    return value


def _end_of_object(value: bytes, begin: int) -> int:
    """The index after the JSON object that begins at *begin*; braces within strings do not count."""
    depth, in_string, escaped = 0, False, False
    for i in range(begin, len(value)):
        char = value[i]
        if escaped:
            escaped = False
        elif in_string:
            escaped, in_string = char == BACKSLASH, char != QUOTE
        elif char == QUOTE:
            in_string = True
        elif char in (OPEN, CLOSE):
            depth += 1 if char == OPEN else -1
            if depth == 0:
                return i + 1
    return len(value)
