"""One version of one table, as the schema of its change events describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.lake.standins import Choice, OnStandIns
from lakestand.pipeline.decoding.column import BinaryEncoding, ColumnType, Dialect
from lakestand.pipeline.decoding.column_types import column_type
from lakestand.pipeline.decoding.wire_format import WireFormat

FIELDS = {"before", "after", "source", "op"}
# How many values have a stand-in, by column and reason.
StandIns = Counter[tuple[str, str]]
# Of the source's own description of an event (its connector, transaction, log position …) only the time is read here,
# and the table's name by `source_table`. In MySQL and MariaDB a database takes the place of a schema, which they lack.
SOURCE = pa.struct([("ts_ms", pa.int64())])
SCHEMA = ("schema", "db")
FILLED = "dev.lakestand.filled"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The columns of a table version, and how its events are read.

    Attributes:
        columns: by their names in the event, in the source table's order.
        originals: the names of the columns in the source, where an event has others.
        format: the wire format that the events came in.
        names: the fields of the source's description that have the table's schema and name; none in a record without.
        filled: see `Events.filled`.
        schema_id: the id of the events' schema in the registry; 0 in JSON, which carries its schema along.
        avro: the physical Avro schema of an event; None in JSON.
    """

    columns: dict[str, ColumnType]
    format: WireFormat
    names: tuple[str, ...] = ()
    filled: frozenset[str] = frozenset()
    schema_id: int = 0
    avro: Any = None
    originals: Sequence[str] = ()

    @property
    def row(self) -> pa.StructType:
        """A row with the types that the tables hold."""
        names = self.originals or self.columns
        return pa.struct([(name, t.logical) for name, t in zip(names, self.columns.values(), strict=True)])

    @property
    def wire(self) -> pa.Schema:
        """An event (before, after, source, op) with the types that the wire format has for them."""
        row = pa.struct([(name, t.wire) for name, t in self.columns.items()])
        return pa.schema([("before", row), ("after", row), ("source", SOURCE), ("op", pa.string())])

    def to_logical(self, rows: pa.StructArray, stand_ins: StandIns) -> pa.StructArray:
        """Convert rows from the types of `wire` to those of `row`; a null row stays null.

        What the tables cannot hold is replaced, and added to *stand_ins*.
        """
        # struct_field, not field(): below a null row the latter gives 0 or "", which a delete would take for its key.
        parts = [t.convert(pc.struct_field(rows, name), _adder(stand_ins, name)) for name, t in self.columns.items()]
        return pa.StructArray.from_arrays(parts, fields=list(self.row), mask=rows.is_null())


def _adder(stand_ins: StandIns, column: str) -> OnStandIns:
    return lambda reason, count: stand_ins.update({(column, reason): count})


def read_columns(schema: Mapping[str, Any], binary: BinaryEncoding, choice: Choice) -> dict[str, ColumnType]:
    """The row's columns by name, from an envelope's Connect schema; ValueError for another kind of record's."""
    fields = {f["field"]: f for f in schema.get("fields", ())}
    if not fields.keys() >= FIELDS:
        raise ValueError(f"its schema {schema.get('name', '')} has the fields {', '.join(fields) or 'none'}")
    mysql = "postgres" not in fields["source"].get("name", "")
    dialect = Dialect(mysql=mysql, binary=binary, choice=choice)
    return {f["field"]: column_type(f, dialect) for f in fields["after"]["fields"]}


def read_filled(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns of an envelope that are never null, or have a default other than null."""
    fields = next(f["fields"] for f in schema["fields"] if f["field"] == "after")
    return frozenset(f["field"] for f in fields if _is_filled(f))


def _is_filled(field: Mapping[str, Any]) -> bool:
    # The converters of docker/connect/values make every column optional, without a default, and keep this mark of it.
    marked = FILLED in (field.get("parameters") or {})
    return marked or not field.get("optional") or field.get("default") is not None


def read_names(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which fields of an envelope's source have the table's schema and its name; none where it lacks them."""
    source = next(f for f in schema["fields"] if f["field"] == "source")
    fields = {f["field"] for f in source["fields"]}
    schemas = [name for name in SCHEMA if name in fields]
    return (schemas[0], "table") if schemas and "table" in fields else ()
