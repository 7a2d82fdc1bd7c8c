"""Kafka records → change events in Arrow columns, a table version at a time; what cannot be decoded is set aside."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from lakestand.errors import BadEvent
from lakestand.pipeline.envelope import Envelope, key_fields, parse, prefix_length
from lakestand.pipeline.event import Op, Position, Source

BLOCK = 8 << 20
OPS = {str(op) for op in Op}
# Without these a change says nothing.
NEEDED = {"after": ["c", "r", "u"], "before": ["d"]}
# Binary data that is no base64 is a ValueError, a number out of range an OverflowError.
UNFIT = (pa.ArrowException, ArithmeticError, TypeError, KeyError, ValueError)
# Connect writes them as strings, for JSON has no such numbers.
NOT_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class Record(NamedTuple):
    """What is needed of a Kafka message."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int = 0

    @property
    def position(self) -> Position:
        """Where it lies."""
        return Position(self.topic, self.partition, self.offset)


@dataclass(frozen=True, kw_only=True)
class Events:
    """Consecutive events of one table version from one partition.

    *rows* has the columns op, offset, commit_ms (in the source), kafka_ms (in the topic), before and after;
    the last two are structs of *row*.
    *key* is empty for a table without a primary key.
    """

    source: Source
    key: tuple[str, ...]
    row: pa.StructType
    rows: pa.Table


class Bad(NamedTuple):
    """A record that is no change event, and why."""

    record: Record
    error: BadEvent


@dataclass
class Decoder:
    """Remembers the table versions that it met."""

    _envelopes: dict[bytes, Envelope | str] = field(default_factory=dict)
    _keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _last: dict[str, bytes] = field(default_factory=dict)

    def decode(self, records: Sequence[Record]) -> tuple[list[Events], list[Bad]]:
        """All events of *records* in order, and what is none. Tombstones (no value) are neither."""
        events: list[Events] = []
        bad: list[Bad] = []
        for source, run in groupby(records, key=lambda r: (r.topic, r.partition)):
            full = [r for r in run if r.value is not None]
            for prefix, group in groupby(full, key=self._prefix):
                events += self._version(Source(*source), prefix, list(group), bad)
        return events, bad

    def _prefix(self, record: Record) -> bytes:
        value = record.value or b""
        last = self._last.get(record.topic)
        if last is not None and value.startswith(last):
            return last
        prefix = value[: prefix_length(value)]
        if prefix:
            self._last[record.topic] = prefix
        return prefix

    def _version(self, source: Source, prefix: bytes, group: list[Record], bad: list[Bad]) -> Iterator[Events]:
        envelope = self._envelope(prefix)
        if isinstance(envelope, str):
            bad += [_bad(record, envelope) for record in group]
            return
        key = self._key(source.topic, group)
        rows = _read(envelope, len(prefix), group, bad)
        if rows.num_rows:
            yield Events(source=source, key=key, row=envelope.row, rows=rows)

    def _envelope(self, prefix: bytes) -> Envelope | str:
        if prefix not in self._envelopes:
            try:
                self._envelopes[prefix] = parse(prefix)
            except (ValueError, KeyError, TypeError) as err:
                self._envelopes[prefix] = (
                    f"not a Debezium envelope with a schema ({err}); is value.converter.schemas.enable true?"
                )
        return self._envelopes[prefix]

    def _key(self, topic: str, group: Iterable[Record]) -> tuple[str, ...]:
        # A truncate has no key: what the table's other events said holds.
        if found := next((r.key for r in group if r.key), None):
            self._keys[topic] = key_fields(found)
        return self._keys.get(topic, ())


def _read(envelope: Envelope, cut: int, group: list[Record], bad: list[Bad]) -> pa.Table:
    """All payloads at once; where one spoils the batch, each by itself."""
    try:
        return _rows(envelope, group, _json([(r.value or b"")[cut:-1] for r in group], envelope.wire))
    except UNFIT:
        tables = [_rows(envelope, [], envelope.wire.empty_table())]
        for record in group:
            try:
                tables.append(_rows(envelope, [record], _single(record, envelope.wire)))
            except UNFIT as err:
                bad.append(_bad(record, f"it does not fit its own schema: {err}"))
        return pa.concat_tables(tables).combine_chunks()


def _json(payloads: list[bytes], schema: pa.Schema) -> pa.Table:
    # Arrow dies of a bare null (a segmentation fault in 26.0), and skips an empty line.
    if not all(p.startswith(b"{") for p in payloads):
        raise pa.ArrowInvalid("a payload is no object")
    table = arrow_json.read_json(
        io.BytesIO(b"\n".join(payloads)),
        read_options=arrow_json.ReadOptions(block_size=max(BLOCK, 2 * max(map(len, payloads)))),
        parse_options=arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    )
    if table.num_rows != len(payloads):
        raise pa.ArrowInvalid(f"{len(payloads)} payloads gave {table.num_rows} rows")
    return _checked(table)


def _single(record: Record, schema: pa.Schema) -> pa.Table:
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


def _rows(envelope: Envelope, records: list[Record], table: pa.Table) -> pa.Table:
    before, after, source = (whole(table[name]) for name in ("before", "after", "source"))
    return pa.table(
        {
            "op": table["op"],
            "offset": pa.array([r.offset for r in records], pa.int64()),
            "commit_ms": source.field("ts_ms"),
            "kafka_ms": pa.array([r.timestamp_ms for r in records], pa.int64()),
            "before": envelope.rows(before),
            "after": envelope.rows(after),
        }
    )


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], column.type), *column.chunks])


def _bad(record: Record, reason: str) -> Bad:
    return Bad(record, BadEvent(reason, at=record.position))
