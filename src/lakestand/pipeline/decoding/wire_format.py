"""How Kafka Connect's converters write a record's key and value: what a decoder needs to know of a wire format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from lakestand.lake.standins import Choice

if TYPE_CHECKING:
    from lakestand.pipeline.decoding.envelope import Envelope

# From a schema's id in the registry to its text.
SchemaLookup = Callable[[int], str]


class WireFormat(Protocol):
    """JSON or Avro. `formats.detect` chooses one for a record; nothing else asks which it is.

    In both formats a value is a *prefix*, which describes the schema, and a *payload*, which holds the data. All
    events of one table version have the same prefix, byte for byte, so it is read once and cut off many times.
    """

    def prefix_length(self, value: bytes) -> int:
        """How many bytes of *value* lie before its payload; 0 when it carries no schema."""

    def read_envelope(self, prefix: bytes, lookup: SchemaLookup, choice: Choice) -> Envelope:
        """The envelope that *prefix* describes; ValueError, KeyError or TypeError when it is no change event's."""

    def read_key_fields(self, key: bytes, lookup: SchemaLookup) -> tuple[str, ...]:
        """The names of the fields of a record's key, in their order."""

    def read_source(self, payload: bytes, envelope: Envelope) -> Mapping[str, Any]:
        """The source's own description of the event in *payload*; ValueError, KeyError or EOFError when it has none."""

    def read_all(self, payloads: Sequence[bytes], envelope: Envelope) -> pa.Table:
        """A row per payload, with the columns of `envelope.wire`; an exception when any payload does not fit."""

    def read_one(self, value: bytes, envelope: Envelope) -> pa.Table:
        """The same for one whole value, prefix included: slower, but its exception concerns this record alone."""
