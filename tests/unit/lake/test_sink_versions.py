"""What every sink does with a table that is read while it is written, and with one whose columns change."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from lakestand.lake.delta.sink import Delta
from lakestand.lake.table import Table
from tests.unit.lake.conftest import Open
from tests.unit.lake.orders import PARTITION, SCHEMA, batch, mark, read_rows, rows


def test_batches_are_the_rows_of_the_version_that_was_seen(table: Table, reopen: Open) -> None:
    seen = reopen().existing("orders")
    assert seen is not None
    version = seen.version()
    table.merge(batch([(3, "c")]), mark(2, 3))
    now = reopen().existing("orders")
    assert now is not None

    assert pa.concat_tables(now.batches()).sort_by("id") == table.read().sort_by("id")
    assert all(chunk.schema == SCHEMA for chunk in now.batches())
    assert now.version() != version


def test_an_empty_table_has_a_version_and_no_rows(reopen: Open) -> None:
    made = reopen().table("orders", SCHEMA)

    assert made.version()
    assert sum(chunk.num_rows for chunk in made.batches()) == 0


def test_what_is_committed_later_is_not_in_the_batches_of_an_earlier_version(durable: Open) -> None:
    made = durable().table("other", SCHEMA)
    made.append(rows([(1, "a")]), mark(0, 1))
    seen = durable().existing("other")
    assert seen is not None
    version = seen.version()
    made.append(rows([(2, "b")]), mark(1, 2))

    assert [chunk.to_pylist() for chunk in seen.batches()] == [[{"id": 1, "note": "a"}]]
    assert seen.version() == version


def test_batches_hold_one_file_at_a_time(durable: Open) -> None:
    made = durable().table("orders", SCHEMA)
    part = pa.table({"id": pa.array(range(100_000), pa.int32()), "note": [f"note {n}" for n in range(100_000)]})
    for number in range(16):
        made.append(part, mark(number, number + 1))
    before, held = pa.total_allocated_bytes(), [0]
    for chunk in made.batches():
        chunk.sort_by([("note", "descending")])  # takes its time: a reader may run ahead
        held.append(pa.total_allocated_bytes() - before)

    assert max(held) < 6 * part.nbytes  # the chunk, the next, and what decoding needs; not all 16


def test_an_added_column_is_null_in_the_rows_that_were_there(table: Table) -> None:
    wider = pa.schema([*SCHEMA, ("more", pa.float64())])

    table.evolve(wider)
    table.append(rows([(3, "c", 0.5)], wider), mark(2, 3))

    assert read_rows(table) == [(1, "a", None), (2, "b", None), (3, "c", 0.5)]
    assert table.position(PARTITION) == 3


def test_a_wider_column_keeps_its_values_and_the_position(table: Table) -> None:
    wider = pa.schema([("id", pa.int64()), ("note", pa.string())])
    table.evolve(wider)
    assert table.position(PARTITION) == 2
    table.merge(batch([(2**40, "c")], [(1,)], schema=wider), mark(2, 3))

    assert (table.schema(), read_rows(table)) == (wider, [(1 << 40, "c"), (2, "b")])


def test_a_widened_column_keeps_its_values_and_takes_larger_ones(reopen: Open) -> None:
    narrow = pa.schema([("id", pa.int64()), ("n", pa.int32())])
    wide = pa.schema([("id", pa.int64()), ("n", pa.int64())])
    made = reopen().table("orders", narrow)
    made.append(rows([(1, 7)], narrow), mark(0, 1))

    made.evolve(wide)
    made.append(rows([(2, 2**40)], wide), mark(1, 2))

    assert (made.schema(), read_rows(made)) == (wide, [(1, 7), (2, 2**40)])


def test_the_change_feed_of_delta_holds_both_images(tmp_path: Path) -> None:
    made = Delta(str(tmp_path), "shop").table("orders", SCHEMA)
    made.merge(batch([(1, "a")]), mark(0, 1))
    made.merge(batch([(1, "A")]), mark(1, 2))
    feed = DeltaTable(tmp_path / "shop/orders")
    changes = pa.table(feed.load_cdf(starting_version=feed.version())).select(["_change_type", "note"]).to_pylist()

    assert sorted(tuple(c.values()) for c in changes) == [("update_postimage", "A"), ("update_preimage", "a")]


def test_a_renamed_column_keeps_its_values_and_its_name_is_free_for_another(table: Table) -> None:
    table.rename(["note"], "note__1")
    table.evolve(pa.schema([("id", pa.int32()), ("note__1", pa.string()), ("note", pa.float64())]))
    table.merge(batch([(2, None, 0.5)], schema=table.schema()), mark(2, 3))

    assert sorted(table.read().to_pylist(), key=str) == [
        {"id": 1, "note__1": "a", "note": None},
        {"id": 2, "note__1": None, "note": 0.5},
    ]


def test_a_field_of_a_struct_is_renamed_with_its_values(reopen: Open) -> None:
    row = pa.struct([("id", pa.int32()), ("note", pa.string())])
    made = reopen().table("orders_changelog", pa.schema([("before", row), ("after", row)]))
    made.append(rows([(None, {"id": 1, "note": "a"})], made.schema()), mark(0, 1))

    made.rename(["after", "note"], "note__1")

    assert made.read().to_pylist() == [{"before": None, "after": {"id": 1, "note__1": "a"}}]
