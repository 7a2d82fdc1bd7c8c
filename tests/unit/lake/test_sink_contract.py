"""What every sink does with odd batches: emptied tables, truncates, versions; test_sinks.py has the plain cases."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from lakestand.lake.delta.sink import Delta
from lakestand.lake.table import Table
from tests.unit.lake.conftest import Open
from tests.unit.lake.orders import OTHER, PARTITION, SCHEMA, batch, mark, read_rows, rows


def test_a_new_table_is_empty_and_at_the_beginning(reopen: Open) -> None:
    made = reopen().table("orders", SCHEMA)

    assert (made.schema(), read_rows(made), made.position(PARTITION), made.topic_id(PARTITION.topic)) == (
        SCHEMA,
        [],
        0,
        "",
    )


def test_rows_and_position_are_there_for_the_next_process(table: Table, reopen: Open) -> None:
    again = reopen().existing("orders")

    assert again is not None
    assert read_rows(again) == read_rows(table) == [(1, "a"), (2, "b")]
    assert (again.position(PARTITION), again.position(OTHER), again.topic_id(PARTITION.topic)) == (2, 0, "topic-id")


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


def test_a_write_replaces_its_key_only(table: Table) -> None:
    table.merge(batch([(2, "B"), (3, "c")]), mark(2, 4))

    assert read_rows(table) == [(1, "a"), (2, "B"), (3, "c")]


def test_a_delete_takes_its_key_only(table: Table) -> None:
    table.merge(batch([], [(2,), (9,)]), mark(2, 4))

    assert (read_rows(table), table.position(PARTITION)) == ([(1, "a")], 4)


def test_a_batch_may_write_one_key_and_delete_another(table: Table) -> None:
    table.merge(batch([(1, "A")], [(2,)]), mark(2, 4))

    assert read_rows(table) == [(1, "A")]


def test_a_truncate_leaves_what_came_after_it(table: Table) -> None:
    table.merge(batch([(2, "new")], truncate=True), mark(2, 4))

    assert (read_rows(table), table.position(PARTITION)) == ([(2, "new")], 4)


def test_a_truncate_alone_leaves_nothing(table: Table) -> None:
    table.merge(batch([], truncate=True), mark(2, 3))

    assert (read_rows(table), table.position(PARTITION)) == ([], 3)


def test_an_emptied_table_fills_again(table: Table) -> None:
    table.merge(batch([], [(1,), (2,)]), mark(2, 4))
    table.merge(batch([(1, "z")]), mark(4, 5))

    assert read_rows(table) == [(1, "z")]


def test_deletes_alone_move_the_position_of_a_new_table(reopen: Open) -> None:
    made = reopen().table("orders", SCHEMA)
    made.merge(batch([], [(1,)]), mark(0, 1))

    assert (read_rows(made), made.position(PARTITION)) == ([], 1)


def test_partitions_have_positions_of_their_own(table: Table) -> None:
    table.merge(batch([(7, "x")]), mark(0, 9, OTHER))

    assert (table.position(PARTITION), table.position(OTHER)) == (2, 9)


def test_appended_rows_add_to_the_others(reopen: Open) -> None:
    made = reopen().table("orders_changelog", SCHEMA)
    made.append(rows([(1, "a")]), mark(0, 1))
    made.append(rows([(1, "a")]), mark(1, 2))

    assert (read_rows(made), made.position(PARTITION)) == ([(1, "a"), (1, "a")], 2)


def test_the_change_feed_of_delta_holds_both_images(tmp_path: Path) -> None:
    made = Delta(str(tmp_path), "shop").table("orders", SCHEMA)
    made.merge(batch([(1, "a")]), mark(0, 1))
    made.merge(batch([(1, "A")]), mark(1, 2))
    feed = DeltaTable(tmp_path / "shop/orders")
    changes = pa.table(feed.load_cdf(starting_version=feed.version())).select(["_change_type", "note"]).to_pylist()

    assert sorted(tuple(c.values()) for c in changes) == [("update_postimage", "A"), ("update_preimage", "a")]
