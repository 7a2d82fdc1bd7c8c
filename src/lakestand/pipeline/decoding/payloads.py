"""Payloads of one table version become Arrow columns, all at once; a record that does not fit is set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.errors import BadEvent
from lakestand.lake.arrow import single_array
from lakestand.pipeline.decoding.envelope import Envelope, StandIns
from lakestand.pipeline.decoding.records import KafkaRecord, RecordColumns
from lakestand.pipeline.event import Op

OPS = {str(op) for op in Op}
# The image that an operation cannot be without.
NEEDED = {"after": ["c", "r", "u"], "before": ["d"]}
# Binary data that is no base64 is a ValueError, a number out of range an OverflowError.
UNFIT = (pa.ArrowException, ArithmeticError, TypeError, KeyError, ValueError, EOFError, IndexError)


class DeadLetter(NamedTuple):
    """A record that cannot be decoded, and why."""

    record: KafkaRecord
    error: BadEvent

    @classmethod
    def from_record(cls, record: KafkaRecord, reason: str) -> DeadLetter:
        """A dead letter whose error carries the record's position and *reason*."""
        return cls(record, BadEvent(reason, at=record.position))


def read_events(
    envelope: Envelope, records: RecordColumns, dead_letters: list[DeadLetter], stand_ins: StandIns
) -> pa.Table:
    """The events of *records* as `Events.rows` has them.

    All payloads are read at once. When one of them spoils that, each record is read by itself, and those that do not
    fit are appended to *dead_letters*. Values that have a stand-in are counted in *stand_ins*.
    """
    try:
        payloads = cast("Sequence[bytes]", records.values)
        return _rows(envelope, records, _check(envelope.format.read_all(payloads, envelope)), stand_ins)
    except UNFIT:
        stand_ins.clear()
        return _read_each(envelope, records, dead_letters, stand_ins)


def _read_each(
    envelope: Envelope, records: RecordColumns, dead_letters: list[DeadLetter], stand_ins: StandIns
) -> pa.Table:
    tables = [_rows(envelope, records.slice(0, 0), envelope.wire.empty_table(), stand_ins)]
    for i in range(len(records)):
        record = records.record(i)
        try:
            event = _check(envelope.format.read_one(record.value or b"", envelope))
            tables.append(_rows(envelope, records.slice(i, i + 1), event, stand_ins))
        except UNFIT as err:
            dead_letters.append(DeadLetter.from_record(record, f"it does not fit its own schema: {err}"))
    return pa.concat_tables(tables).combine_chunks()


def _check(events: pa.Table) -> pa.Table:
    if strange := set(events["op"].unique().to_pylist()) - OPS:
        raise pa.ArrowInvalid(f"op is {strange.pop()!r}, which is none of {', '.join(sorted(OPS))}")
    for column, ops in NEEDED.items():
        lacking = pc.and_(pc.is_in(events["op"], value_set=pa.array(ops)), pc.is_null(events[column]))
        if pc.any(lacking).as_py():
            raise pa.ArrowInvalid(f"op is {' or '.join(ops)}, but {column} is null")
    return events.combine_chunks()


def _rows(envelope: Envelope, records: RecordColumns, events: pa.Table, stand_ins: StandIns) -> pa.Table:
    before, after, source = (single_array(events[name]) for name in ("before", "after", "source"))
    return pa.table(
        {
            "op": events["op"],
            "offset": pa.array(records.offsets, pa.int64()),
            "commit_ms": source.field("ts_ms"),
            "kafka_ms": pa.array(records.timestamps_ms, pa.int64()),
            "before": envelope.to_logical(before, Counter()),
            "after": envelope.to_logical(after, stand_ins),
        }
    )
