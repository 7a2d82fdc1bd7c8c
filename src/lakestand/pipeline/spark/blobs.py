"""Events between Spark's stages: tables of any version in rows of one fixed schema, their columns as Arrow IPC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.errors import BadEvent
from lakestand.lake.table import Partition
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.event import Op

# What the driver looks at: everything but the rows.
SUMMARY = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("run", pa.int32()),
        ("first", pa.int64()),
        ("next", pa.int64()),
        ("events", pa.int64()),
        ("truncated", pa.int64()),
        ("key", pa.list_(pa.string())),
        ("row", pa.binary()),
        ("reason", pa.string()),
        ("bad_key", pa.binary()),
        ("bad_value", pa.binary()),
    ]
)
SCHEMA = SUMMARY.append(pa.field("rows", pa.binary()))
NEVER = -1


class EventRange(NamedTuple):
    """Consecutive events of one table version from one partition: what becomes one commit.

    *truncated* is the offset of the last truncate, or NEVER.
    """

    partition: Partition
    number: int
    key: tuple[str, ...]
    row: pa.StructType
    first: int
    next_offset: int
    events: int
    truncated: int


def encode_events(events: Events, run: int) -> pa.RecordBatch:
    """One row."""
    offsets = events.rows["offset"]
    truncates = pc.filter(offsets, pc.equal(events.rows["op"], str(Op.TRUNCATE)))
    return _batch(
        topic=events.partition.topic,
        partition=events.partition.number,
        run=run,
        first=offsets[0].as_py(),
        next=offsets[-1].as_py() + 1,
        events=events.rows.num_rows,
        truncated=truncates[-1].as_py() if len(truncates) else NEVER,
        key=list(events.key),
        row=pa.schema(list(events.row)).serialize().to_pybytes(),
        rows=_packed(events.rows),
    )


def encode_dead_letter(bad: DeadLetter) -> pa.RecordBatch:
    """One row, of no run."""
    record, error = bad
    place = {"topic": record.topic, "partition": record.partition, "first": record.offset, "run": NEVER}
    return _batch(**place, reason=error.reason, bad_key=record.key, bad_value=record.value)


def event_ranges(facts: Iterable[Mapping[str, Any]]) -> list[EventRange]:
    """What the driver finds in the facts of a micro-batch, in the order of the topics' partitions."""
    found: dict[tuple[Partition, int], EventRange] = {}
    for fact in sorted((f for f in facts if f["run"] != NEVER), key=lambda f: (f["topic"], f["partition"], f["first"])):
        place = Partition(fact["topic"], fact["partition"]), fact["run"]
        had = found.get(place)
        found[place] = EventRange(
            *place,
            key=tuple(fact["key"]),
            row=had.row if had else decode_row_type(fact["row"]),
            first=had.first if had else fact["first"],
            next_offset=fact["next"],
            events=fact["events"] + (had.events if had else 0),
            truncated=max(fact["truncated"], had.truncated if had else NEVER),
        )
    return list(found.values())


def dead_letters(facts: Iterable[Mapping[str, Any]]) -> list[DeadLetter]:
    """The records that are no change events."""
    return [_dead_letter(fact) for fact in facts if fact["run"] == NEVER]


def _dead_letter(fact: Mapping[str, Any]) -> DeadLetter:
    key, value = (None if fact[n] is None else bytes(fact[n]) for n in ("bad_key", "bad_value"))
    record = KafkaRecord(fact["topic"], fact["partition"], fact["first"], key, value)
    return DeadLetter(record, BadEvent(fact["reason"], at=record.position))


def decode_events(batches: Iterable[pa.RecordBatch]) -> Iterator[Events]:
    """Back again."""
    for batch in batches:
        for blob in batch.to_pylist():
            yield Events(
                partition=Partition(blob["topic"], blob["partition"]),
                key=tuple(blob["key"]),
                row=decode_row_type(blob["row"]),
                rows=pa.ipc.open_stream(blob["rows"]).read_all(),
            )


def decode_row_type(schema: bytes) -> pa.StructType:
    """The columns that a blob's `row` stands for."""
    return pa.struct(list(pa.ipc.read_schema(pa.py_buffer(schema))))


def _packed(rows: pa.Table) -> bytes:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, rows.schema) as stream:
        stream.write_table(rows)
    return bytes(out.getvalue())


def _batch(**values: Any) -> pa.RecordBatch:  # noqa: ANN401  SCHEMA says the types
    return pa.RecordBatch.from_pylist([values], schema=SCHEMA)
