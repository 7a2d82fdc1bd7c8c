"""What every sink does with a commit that comes twice, and with another pipeline that writes the same table."""

from __future__ import annotations

import pytest

from lakestand.errors import Overtaken, PositionError
from lakestand.lake.table import Table
from tests.unit.lake.conftest import Open
from tests.unit.lake.orders import OTHER, PARTITION, SCHEMA, batch, mark, read_rows, rows


def test_a_commit_that_is_repeated_changes_nothing(table: Table) -> None:
    table.append(rows([(3, "c")]), mark(2, 3))
    table.append(rows([(3, "c")]), mark(2, 3))
    table.merge(batch([], [(1,)]), mark(1, 2))

    assert read_rows(table) == [(1, "a"), (2, "b"), (3, "c")]


def test_a_commit_that_had_gone_through_is_not_repeated(durable: Open) -> None:
    one, two = durable().table("orders", SCHEMA), durable().table("orders", SCHEMA)
    one.append(rows([(1, "a")]), mark(0, 1))

    two.append(rows([(1, "a")]), mark(0, 1))

    assert read_rows(one) == [(1, "a")]


def test_a_part_that_another_pipeline_wrote_is_not_written_again(durable: Open) -> None:
    first = durable().table("orders_changelog", SCHEMA)
    second = durable().table("orders_changelog", SCHEMA)
    first.append(rows([(1, "a")]), mark(0, 1))

    with pytest.raises(Overtaken, match=r"stands at 1 of shop\.public\.orders\[0\], not 0"):
        second.append(rows([(1, "a"), (2, "b")]), mark(0, 2))
    assert (read_rows(first), second.position(PARTITION)) == ([(1, "a")], 1)


def test_a_batch_that_changes_no_row_does_not_set_the_position_of_another_pipeline_back(durable: Open) -> None:
    first = durable().table("orders", SCHEMA)
    first.merge(batch([(1, "a")]), mark(0, 1))
    late = durable().table("orders", SCHEMA)
    first.merge(batch([(2, "b")], [(9,)]), mark(1, 3))
    late.merge(batch([], [(9,)]), mark(1, 2))

    assert (read_rows(first), durable().table("orders", SCHEMA).position(PARTITION)) == ([(1, "a"), (2, "b")], 3)


def test_what_two_pipelines_write_of_two_partitions_is_all_there(durable: Open) -> None:
    first = durable().table("orders", SCHEMA)
    second = durable().table("orders", SCHEMA)
    first.merge(batch([(1, "a")]), mark(0, 1))
    second.merge(batch([(2, "b")]), mark(0, 1, OTHER))
    first.merge(batch([(3, "c")]), mark(1, 2))

    assert read_rows(second) == [(1, "a"), (2, "b"), (3, "c")]


def test_a_table_that_lost_its_position_is_refused() -> None:
    with pytest.raises(PositionError, match=r"stands at 0 .*, but stood at 5: it was replaced"):
        mark(5, 7).is_due(0, "shop.orders")
