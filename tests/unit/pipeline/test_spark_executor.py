"""What runs on Spark's executors, without Spark: the same as the local engine's, by way of Arrow's batches."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.spark import blobs, executor
from lakestand.pipeline.spark.executor import GONE, UNKNOWN
from tests.unit.pipeline.connect import ORDERS, field, record, row
from tests.unit.pipeline.history import HISTORIES, History, Step

SCHEMA = pa.schema([("id", pa.int32()), ("note", pa.string())])


def kafka(records: list[KafkaRecord], size: int = 3) -> list[pa.RecordBatch]:
    """Return *records* as Spark's Kafka source hands them over, *size* at a time."""
    names = ("topic", "partition", "offset", "key", "value", "timestamp_ms")
    types = (pa.string(), pa.int32(), pa.int64(), pa.binary(), pa.binary(), pa.int64())
    columns = [pa.array(c, t) for c, t in zip(zip(*records, strict=True), types, strict=True)]
    table = pa.table(dict(zip(names, columns, strict=True)))
    return [b for i in range(0, len(records), size) for b in table.slice(i, size).to_batches()]


def merged(rows: pa.Table | None, records: list[KafkaRecord]) -> pa.Table:
    """Return a mirror after a MERGE of what the executor makes of *records*, done row by row in Python."""
    decoded = list(executor.decode(kafka(records)))
    present = {} if rows is None else {r["id"]: r for r in rows.to_pylist()}
    for run in blobs.event_ranges([f for b in decoded for f in b.to_pylist()]):
        ours = [b for b in decoded if b["number"][0].as_py() == run.number]
        if run.truncated >= 0:
            present.clear()
        for batch in executor.mirror_changes(ours, since=0, schema=SCHEMA):
            for each in batch.to_pylist():
                gone, unknown = each.pop(GONE), each.pop(UNKNOWN)
                old = present.pop(each["id"], {})
                if not gone:
                    present[each["id"]] = each | {n: old.get(n) for n in unknown or ()}
    return pa.Table.from_pylist(list(present.values()), schema=SCHEMA)


@given(HISTORIES)
def test_any_history_gives_its_rows(steps: list[Step]) -> None:
    made = History.of_steps(steps)
    records = [r for r in made.records if r.key != b"{}" or r.value is not None]

    found = merged(None, records) if records else SCHEMA.empty_table()

    assert {r["id"]: r["note"] for r in found.to_pylist()} == made.rows


@given(HISTORIES, st.integers(0, 100))
@example([("write", 1, 1), ("touch", 1, 1)], 50)  # a value that was not logged, whose row is in the table only
def test_any_cut_into_two_micro_batches_gives_the_same_rows(steps: list[Step], percent: int) -> None:
    made, found = History.of_steps(steps), SCHEMA.empty_table()
    cut = len(made.records) * percent // 100
    for part in (made.records[:cut], made.records[cut:]):
        found = merged(found, part) if part else found

    assert {r["id"]: r["note"] for r in found.to_pylist()} == made.rows


def test_partitions_are_runs_of_their_own_with_positions_of_their_own() -> None:
    records = [[record(i, "c", after=row(10 * p + i), partition=p) for i in range(2 + p)] for p in (1, 0)]
    facts = [f for part in records for b in executor.decode(kafka(part)) for f in b.to_pylist()]

    runs = blobs.event_ranges(facts)

    assert [(r.partition.number, r.first, r.next_offset, r.events) for r in runs] == [(0, 0, 2, 2), (1, 0, 3, 3)]


def test_a_table_version_is_a_run_and_a_bad_record_is_of_none() -> None:
    other = (*ORDERS, field("more", "int32"))
    records = [
        *(record(i, "c", after=row(i)) for i in range(5)),
        KafkaRecord("shop.public.orders", 0, 5, b"k", b"no json", 0),
        record(6, "c", after={**row(6), "more": 1}, columns=other),
    ]
    facts = [f for b in executor.decode(kafka(records)) for f in b.to_pylist()]

    runs = blobs.event_ranges(facts)

    assert [(r.number, r.first, r.next_offset, r.events, r.key) for r in runs] == [
        (0, 0, 5, 5, ("id",)),
        (1, 6, 7, 1, ("id",)),
    ]
    ((bad, error),) = blobs.dead_letters(facts)
    assert (bad.offset, bad.key, bad.value) == (5, b"k", b"no json")
    assert error.reason.startswith("not a Debezium envelope")


def test_what_the_table_holds_is_left_out() -> None:
    decoded = list(executor.decode(kafka([record(i, "c", after=row(i)) for i in range(5)])))
    schema = pa.schema([("_offset", pa.int64())])

    found = pa.Table.from_batches(executor.changelog_rows(decoded, since=3, schema=schema))

    assert found["_offset"].to_pylist() == [3, 4]
