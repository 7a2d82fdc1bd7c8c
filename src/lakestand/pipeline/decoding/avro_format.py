"""Confluent's wire format: a zero byte, the schema's id in four bytes (big-endian), and the Avro datum.

https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa

from lakestand.lake.standins import Choice
from lakestand.pipeline.decoding import avro, avro_schema
from lakestand.pipeline.decoding.column import BinaryEncoding
from lakestand.pipeline.decoding.envelope import Envelope, read_columns, read_filled, read_names
from lakestand.pipeline.decoding.wire_format import SchemaLookup
from lakestand.sources import avro_names

MAGIC, PREFIX = 0, 5
BINARY = BinaryEncoding(pa.binary(), bytes)


def is_avro(data: bytes) -> bool:
    """Whether a key, value or prefix begins as this format does. JSON cannot: it has no zero byte."""
    return len(data) >= PREFIX and data[0] == MAGIC


class AvroFormat:
    """The prefix is the id of a schema in the registry, the payload is one datum."""

    def prefix_length(self, _value: bytes) -> int:
        """Always 5: the zero byte and the id."""
        return PREFIX

    def read_envelope(self, prefix: bytes, lookup: SchemaLookup, choice: Choice) -> Envelope:
        """Fetch the schema that *prefix* names, and read the columns from it."""
        number = _schema_id(prefix)
        schema = orjson.loads(lookup(number))
        connect = avro_schema.to_connect(schema)
        columns = read_columns(connect, BINARY, choice)
        return Envelope(
            columns=columns,
            originals=avro_names.original(list(columns)),
            names=read_names(connect),
            filled=read_filled(connect),
            format=self,
            schema_id=number,
            avro=avro_schema.to_physical(schema),
        )

    def read_key_fields(self, key: bytes, lookup: SchemaLookup) -> tuple[str, ...]:
        """Fetch the key's schema, and return its fields' names."""
        return tuple(avro_names.original(avro_schema.field_names(orjson.loads(lookup(_schema_id(key))))))

    def read_source(self, payload: bytes, envelope: Envelope) -> Mapping[str, Any]:
        """Read the whole datum, and return that part of it."""
        return dict(avro.datum(payload, envelope.avro)["source"])

    def read_all(self, payloads: Sequence[bytes], envelope: Envelope) -> pa.Table:
        """Read the datums as the one block of an Avro container; ArrowInvalid when any is not of its schema."""
        return avro.read(payloads, envelope.avro, envelope.wire)

    def read_one(self, value: bytes, envelope: Envelope) -> pa.Table:
        """Read one datum in Python; ValueError or EOFError when it is not of its schema."""
        return avro.single(value[PREFIX:], envelope.avro, envelope.wire)


def _schema_id(prefix: bytes) -> int:
    return int.from_bytes(prefix[1:PREFIX], "big")
