"""What every sink does with tables, positions and batches; races, values and versions have files of their own."""

from __future__ import annotations

import pyarrow as pa

from lakestand.lake.sinks import SINKS
from lakestand.lake.table import Partition, Table
from lakestand.pipeline.spark.tables import WRITERS
from tests.unit.lake.conftest import DURABLE, Open
from tests.unit.lake.orders import OTHER, PARTITION, SCHEMA, batch, mark, read_rows, rows


def test_every_sink_of_the_stand_runs_through_these_tests() -> None:
    formats = list(dict.fromkeys(kind.partition(" ")[0] for kind in DURABLE))
    assert list(SINKS) == list(WRITERS) == formats


def test_a_missing_table_does_not_exist(reopen: Open) -> None:
    assert reopen().existing("nowhere") is None


def test_of_many_names_those_without_a_table_are_told_by_one_question(reopen: Open) -> None:
    names = {"orders", "orders_changelog", "Straße 1"}
    assert reopen().missing(names) == names

    reopen().table("orders", SCHEMA)
    reopen().table("Straße 1", SCHEMA)

    assert reopen().missing(names) == {"orders_changelog"}


def test_a_table_that_another_process_made_meanwhile_is_opened(reopen: Open) -> None:
    table = reopen().table("orders", SCHEMA)
    table.append(rows([(1, "a")]), mark(0, 1))

    assert read_rows(reopen().table("orders", SCHEMA)) == [(1, "a")]


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


def test_another_topic_has_neither_position_nor_id(table: Table) -> None:
    assert (table.position(Partition("other", 0)), table.topic_id("other")) == (0, "")


def test_partitions_have_positions_of_their_own(table: Table) -> None:
    table.merge(batch([(7, "x")]), mark(0, 9, OTHER))

    assert (table.position(PARTITION), table.position(OTHER)) == (2, 9)


def test_appended_rows_add_to_the_others(reopen: Open) -> None:
    made = reopen().table("orders_changelog", SCHEMA)
    made.append(rows([(1, "a")]), mark(0, 1))
    made.append(rows([(1, "a"), (2, None)]), mark(1, 3))

    assert (read_rows(made), made.position(PARTITION)) == ([(1, "a"), (1, "a"), (2, None)], 3)


def test_a_write_replaces_its_key_only(table: Table) -> None:
    table.merge(batch([(2, "B"), (3, "c")]), mark(2, 4))

    assert read_rows(table) == [(1, "a"), (2, "B"), (3, "c")]


def test_a_delete_takes_its_key_only(table: Table) -> None:
    table.merge(batch([], [(2,), (9,)]), mark(2, 4))

    assert (read_rows(table), table.position(PARTITION)) == ([(1, "a")], 4)


def test_a_batch_may_write_one_key_and_delete_another(table: Table) -> None:
    table.merge(batch([(1, "A")], [(2,)]), mark(2, 4))

    assert read_rows(table) == [(1, "A")]


def test_a_merge_inserts_replaces_and_deletes(table: Table) -> None:
    table.merge(batch([(2, "B"), (4, "d")], [(1,), (9,)]), mark(2, 7))

    assert read_rows(table) == [(2, "B"), (4, "d")]


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


def test_an_unknown_value_is_kept_from_the_table(table: Table) -> None:
    table.merge(batch([(2, "new"), (1, None)], unknown={"note": [1]}), mark(2, 4))

    assert read_rows(table) == [(1, "a"), (2, "new")]


def test_a_composite_key_is_matched_as_a_whole(reopen: Open) -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("n", pa.string())])
    made = reopen().table("orders", schema)
    made.merge(batch([(1, 1, "w"), (1, 2, "x"), (2, 1, "y"), (2, 2, "z")], width=2, schema=schema), mark(0, 4))

    made.merge(batch([(1, 2, "X"), (2, 1, "Y")], width=2, schema=schema), mark(4, 6))

    assert read_rows(made) == [(1, 1, "w"), (1, 2, "X"), (2, 1, "Y"), (2, 2, "z")]
