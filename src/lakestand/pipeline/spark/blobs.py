"""Events between Spark's stages: events of any table version as blobs, rows of one fixed schema.

A DataFrame has one schema, a batch of events as many as there are table versions in it. So a blob holds some events of
one version as Arrow IPC, and beside it what the driver must know to order commits. A record that cannot be decoded is
a blob too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.errors import BadEvent
from lakestand.lake.names import TableName
from lakestand.lake.table import Partition
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.event import Op

# What the driver collects: everything but the rows. `number` is that of an event range, or NEVER in a dead letter.
SUMMARY = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("number", pa.int32()),
        ("first", pa.int64()),
        ("next", pa.int64()),
        ("events", pa.int64()),
        ("truncated", pa.int64()),
        ("table", pa.list_(pa.string())),
        ("key", pa.list_(pa.string())),
        ("row", pa.binary()),
        ("stand_ins", pa.list_(pa.struct([("column", pa.string()), ("reason", pa.string()), ("count", pa.int64())]))),
        ("refusal", pa.string()),
        ("reason", pa.string()),
        ("bad_key", pa.binary()),
        ("bad_value", pa.binary()),
    ]
)
SCHEMA = SUMMARY.append(pa.field("rows", pa.binary()))
NEVER = -1


class EventRange(NamedTuple):
    """Consecutive events of one table version from one partition: what becomes one commit of a table.

    Attributes:
        number: counts the ranges of a partition within a micro-batch, from 0.
        table: the source table's name.
        key: names of the primary key's columns; empty for a table without one.
        row: the columns of the table version.
        first: the offset of the first event.
        next_offset: the offset after the last event.
        events: how many.
        truncated: the offset of the last truncate, or NEVER.
        refusal: why no table may take them; empty when it may.
    """

    partition: Partition
    number: int
    table: TableName
    key: tuple[str, ...]
    row: pa.StructType
    first: int
    next_offset: int
    events: int
    truncated: int
    refusal: str = ""


def encode_events(events: Events, number: int) -> pa.RecordBatch:
    """A blob of *events*, which belong to the range *number* of their partition."""
    offsets = events.rows["offset"]
    truncates = pc.filter(offsets, pc.equal(events.rows["op"], str(Op.TRUNCATE)))
    return _batch(
        topic=events.partition.topic,
        partition=events.partition.number,
        number=number,
        first=offsets[0].as_py(),
        next=offsets[-1].as_py() + 1,
        events=events.rows.num_rows,
        truncated=truncates[-1].as_py() if len(truncates) else NEVER,
        table=list(events.table),
        key=list(events.key),
        row=pa.schema(list(events.row)).serialize().to_pybytes(),
        stand_ins=[{"column": c, "reason": r, "count": count} for (c, r), count in events.stand_ins.items()],
        refusal=events.refusal,
        rows=_to_ipc(events.rows),
    )


def encode_dead_letter(letter: DeadLetter) -> pa.RecordBatch:
    """A blob of a record that cannot be decoded; it belongs to no range."""
    record, error = letter
    place = {"topic": record.topic, "partition": record.partition, "first": record.offset, "number": NEVER}
    return _batch(**place, reason=error.reason, bad_key=record.key, bad_value=record.value)


def event_ranges(facts: Iterable[Mapping[str, Any]]) -> list[EventRange]:
    """The event ranges of a micro-batch, from the SUMMARY columns of its blobs; sorted by partition and offset."""
    blobs = (fact for fact in facts if fact["number"] != NEVER)
    ranges: dict[tuple[Partition, int], EventRange] = {}
    for blob in sorted(blobs, key=lambda b: (b["topic"], b["partition"], b["first"])):
        place = Partition(blob["topic"], blob["partition"]), blob["number"]
        before = ranges.get(place)
        ranges[place] = EventRange(
            *place,
            table=TableName(*blob["table"]),
            key=tuple(blob["key"]),
            row=before.row if before else decode_row_type(blob["row"]),
            first=before.first if before else blob["first"],
            next_offset=blob["next"],
            events=blob["events"] + (before.events if before else 0),
            truncated=max(blob["truncated"], before.truncated if before else NEVER),
            refusal=(before.refusal if before else "") or blob["refusal"],
        )
    return list(ranges.values())


def stand_ins(facts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, dict[tuple[str, str], int]]]:
    """How many values of a micro-batch no table can hold, blob by blob: the topic, and counts by column and reason."""
    for fact in facts:
        if values := fact["stand_ins"]:
            yield fact["topic"], {(value["column"], value["reason"]): value["count"] for value in values}


def dead_letters(facts: Iterable[Mapping[str, Any]]) -> list[DeadLetter]:
    """The dead letters of a micro-batch, from the SUMMARY columns of its blobs."""
    return [_dead_letter(fact) for fact in facts if fact["number"] == NEVER]


def _dead_letter(fact: Mapping[str, Any]) -> DeadLetter:
    key, value = (None if fact[n] is None else bytes(fact[n]) for n in ("bad_key", "bad_value"))
    record = KafkaRecord(fact["topic"], fact["partition"], fact["first"], key, value)
    return DeadLetter(record, BadEvent(fact["reason"], at=record.position))


def decode_events(batches: Iterable[pa.RecordBatch]) -> Iterator[Events]:
    """The events of blobs, in their order: what `encode_events` was given."""
    for batch in batches:
        for blob in batch.to_pylist():
            yield Events(
                partition=Partition(blob["topic"], blob["partition"]),
                table=TableName(*blob["table"]),
                key=tuple(blob["key"]),
                row=decode_row_type(blob["row"]),
                rows=pa.ipc.open_stream(blob["rows"]).read_all(),
            )


def decode_row_type(schema: bytes) -> pa.StructType:
    """The columns of a table version, from a blob's `row`: a serialized Arrow schema."""
    return pa.struct(list(pa.ipc.read_schema(pa.py_buffer(schema))))


def _to_ipc(rows: pa.Table) -> bytes:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, rows.schema) as stream:
        stream.write_table(rows)
    return bytes(out.getvalue())


def _batch(**values: Any) -> pa.RecordBatch:  # noqa: ANN401  SCHEMA has the types
    return pa.RecordBatch.from_pylist([values], schema=SCHEMA)
