"""Kafka records → change events in Arrow columns, a table version at a time; what cannot be decoded is set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from lakestand.clients.http import Answered
from lakestand.errors import BadEvent, PipelineError
from lakestand.pipeline import avro
from lakestand.pipeline.avro_schema import field_names
from lakestand.pipeline.cut import Cutter
from lakestand.pipeline.envelope import Envelope, key_fields, parse, parse_avro
from lakestand.pipeline.event import Op, Source
from lakestand.pipeline.records import Record, Records, runs
from lakestand.pipeline.types import UnknownType

BLOCK = 2 << 20
OPS = {str(op) for op in Op}
# Without these a change says nothing.
NEEDED = {"after": ["c", "r", "u"], "before": ["d"]}
UNKNOWN = 404
# Binary data that is no base64 is a ValueError, a number out of range an OverflowError.
UNFIT = (pa.ArrowException, ArithmeticError, TypeError, KeyError, ValueError, EOFError, IndexError)
# Connect writes them as strings, for JSON has no such numbers.
NOT_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@dataclass(frozen=True, kw_only=True)
class Events:
    """Consecutive events of one table version from one partition.

    *rows* has the columns op, offset, commit_ms (in the source), kafka_ms (in the topic), before and after;
    the last two are structs of *row*.
    *key* is empty for a table without a primary key, *schema_id* 0 where no registry knows the schema.
    """

    source: Source
    key: tuple[str, ...]
    row: pa.StructType
    rows: pa.Table
    schema_id: int = 0


class Bad(NamedTuple):
    """A record that is no change event, and why."""

    record: Record
    error: BadEvent


@dataclass
class Decoder:
    """Remembers the table versions that it met; *schema* is asked for those that a registry holds, by their id."""

    schema: Callable[[int], str] | None = None
    _envelopes: dict[bytes, Envelope | str] = field(default_factory=dict)
    _keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _avro_keys: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    _cutter: Cutter = field(default_factory=Cutter)

    def decode(self, records: Iterable[Record]) -> tuple[list[Events], list[Bad]]:
        """All events of *records* in order, and what is none. Tombstones (no value) are neither."""
        cutter = self._cutter
        return self.decode_cut(part for run in runs(records) for part in cutter.cut(run))

    def decode_cut(self, found: Iterable[Records]) -> tuple[list[Events], list[Bad]]:
        """The same of records that were cut already, elsewhere."""
        events: list[Events] = []
        bad: list[Bad] = []
        for group in found:
            events += self._version(group, bad)
        return events, bad

    def _version(self, group: Records, bad: list[Bad]) -> Iterator[Events]:
        envelope = self._envelope(group.prefix)
        if isinstance(envelope, str):
            bad += [_bad(group.record(i), envelope) for i in range(len(group))]
            return
        key = self._key(group)
        rows = _read(envelope, group, bad)
        if rows.num_rows:
            known = avro.schema_id(group.prefix) if envelope.avro else 0
            yield Events(source=group.source, key=key, row=envelope.row, rows=rows, schema_id=known)

    def _envelope(self, prefix: bytes) -> Envelope | str:
        if prefix not in self._envelopes:
            try:
                self._envelopes[prefix] = parse_avro(self._schema(prefix)) if avro.is_avro(prefix) else parse(prefix)
            except UnknownType as err:
                self._envelopes[prefix] = str(err)
            except Answered as err:
                if err.status != UNKNOWN:
                    raise
                self._envelopes[prefix] = f"no registry knows its schema: {err}"
            except (ValueError, KeyError, TypeError) as err:
                self._envelopes[prefix] = (
                    f"not a Debezium envelope with a schema ({err}); is value.converter.schemas.enable true?"
                )
        return self._envelopes[prefix]

    def _key(self, group: Records) -> tuple[str, ...]:
        # A truncate has no key: what the table's other events said holds.
        if found := next(filter(None, group.keys), None):
            self._keys[group.source.topic] = self._key_fields(found)
        return self._keys.get(group.source.topic, ())

    def _key_fields(self, key: bytes) -> tuple[str, ...]:
        if not avro.is_avro(key):
            return key_fields(key)
        prefix = key[: avro.PREFIX]
        if prefix not in self._avro_keys:
            self._avro_keys[prefix] = field_names(orjson.loads(self._schema(prefix)))
        return self._avro_keys[prefix]

    def _schema(self, prefix: bytes) -> str:
        if self.schema is None:
            raise PipelineError("a topic holds Avro, but the pipeline was given no registry")
        return self.schema(avro.schema_id(prefix))


def _read(envelope: Envelope, group: Records, bad: list[Bad]) -> pa.Table:
    """All payloads at once; where one spoils the batch, each by itself."""
    try:
        return _rows(envelope, group, _many(envelope, cast("Sequence[bytes]", group.values)))
    except UNFIT:
        tables = [_rows(envelope, group.part(0, 0), envelope.wire.empty_table())]
        for i in range(len(group)):
            try:
                tables.append(_rows(envelope, group.part(i, i + 1), _single(envelope, group.record(i))))
            except UNFIT as err:
                bad.append(_bad(group.record(i), f"it does not fit its own schema: {err}"))
        return pa.concat_tables(tables).combine_chunks()


def _many(envelope: Envelope, values: Sequence[bytes]) -> pa.Table:
    if envelope.avro:
        return _checked(avro.read(values, envelope.avro, envelope.wire))
    return _json(values, envelope.wire)


def _json(payloads: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    # Each is the end of an object: "payload":{…}}. Of a line that is null alone, Arrow 26.0 dies.
    rows = arrow_json.read_json(
        pa.BufferReader(b"{" + b"\n{".join(payloads)),
        read_options=arrow_json.ReadOptions(block_size=max(BLOCK, 2 * max(map(len, payloads)))),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=pa.schema([("payload", pa.struct(list(schema)))]), unexpected_field_behavior="ignore"
        ),
    )["payload"]
    if len(rows) != len(payloads):
        raise pa.ArrowInvalid(f"{len(payloads)} payloads gave {len(rows)} rows")
    if rows.null_count:
        raise pa.ArrowInvalid("a payload is null")
    return _checked(pa.Table.from_struct_array(rows))


def _single(envelope: Envelope, record: Record) -> pa.Table:
    schema = envelope.wire
    if envelope.avro:
        return _checked(avro.single((record.value or b"")[avro.PREFIX :], envelope.avro, schema))
    payload = orjson.loads(record.value or b"")["payload"]
    if not isinstance(payload, dict):
        raise TypeError(f"its payload is {payload!r}")
    row = {name: _with_numbers(payload.get(name), schema.field(name).type) for name in schema.names}
    return _checked(pa.Table.from_pylist([row], schema=schema))


def _checked(table: pa.Table) -> pa.Table:
    if strange := set(table["op"].unique().to_pylist()) - OPS:
        raise pa.ArrowInvalid(f"op is {strange.pop()!r}, which is none of {', '.join(sorted(OPS))}")
    for column, ops in NEEDED.items():
        lacking = pc.and_(pc.is_in(table["op"], value_set=pa.array(ops)), pc.is_null(table[column]))
        if pc.any(lacking).as_py():
            raise pa.ArrowInvalid(f"op is {' or '.join(ops)}, but {column} is null")
    return table.combine_chunks()


def _with_numbers(value: Any, to: pa.DataType) -> Any:  # noqa: ANN401  JSON is anything
    if pa.types.is_floating(to) and isinstance(value, str):
        return NOT_NUMBERS[value]
    if pa.types.is_struct(to) and isinstance(value, dict):
        return {f.name: _with_numbers(value.get(f.name), f.type) for f in to}
    return value


def _rows(envelope: Envelope, records: Records, table: pa.Table) -> pa.Table:
    before, after, source = (whole(table[name]) for name in ("before", "after", "source"))
    return pa.table(
        {
            "op": table["op"],
            "offset": pa.array(records.offsets, pa.int64()),
            "commit_ms": source.field("ts_ms"),
            "kafka_ms": pa.array(records.timestamps_ms, pa.int64()),
            "before": envelope.rows(before),
            "after": envelope.rows(after),
        }
    )


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], column.type), *column.chunks])


def _bad(record: Record, reason: str) -> Bad:
    return Bad(record, BadEvent(reason, at=record.position))
