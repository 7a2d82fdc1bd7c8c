"""Payloads of one table version → Arrow columns, all at once; what spoils a batch is found and set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from lakestand.errors import BadEvent
from lakestand.lake.arrow import single_array
from lakestand.pipeline.decoding import avro
from lakestand.pipeline.decoding.envelope import Envelope
from lakestand.pipeline.decoding.records import KafkaRecord, RecordColumns
from lakestand.pipeline.event import Op

BLOCK = 2 << 20
OPS = {str(op) for op in Op}
# Without these a change says nothing.
NEEDED = {"after": ["c", "r", "u"], "before": ["d"]}
# Binary data that is no base64 is a ValueError, a number out of range an OverflowError.
UNFIT = (pa.ArrowException, ArithmeticError, TypeError, KeyError, ValueError, EOFError, IndexError)
# Connect writes them as strings, for JSON has no such numbers.
NOT_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class DeadLetter(NamedTuple):
    """A record that is no change event, and why."""

    record: KafkaRecord
    error: BadEvent

    @classmethod
    def from_record(cls, record: KafkaRecord, reason: str) -> DeadLetter:
        """With its position."""
        return cls(record, BadEvent(reason, at=record.position))


def read(envelope: Envelope, group: RecordColumns, bad: list[DeadLetter]) -> pa.Table:
    """Events.rows: of all payloads at once; where one spoils the batch, of each by itself, and some go to *bad*."""
    try:
        return _rows(envelope, group, _many(envelope, cast("Sequence[bytes]", group.values)))
    except UNFIT:
        tables = [_rows(envelope, group.part(0, 0), envelope.wire.empty_table())]
        for i in range(len(group)):
            try:
                tables.append(_rows(envelope, group.part(i, i + 1), _single(envelope, group.record(i))))
            except UNFIT as err:
                bad.append(DeadLetter.from_record(group.record(i), f"it does not fit its own schema: {err}"))
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


def _single(envelope: Envelope, record: KafkaRecord) -> pa.Table:
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


def _rows(envelope: Envelope, records: RecordColumns, table: pa.Table) -> pa.Table:
    before, after, source = (single_array(table[name]) for name in ("before", "after", "source"))
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
