"""What changed between two snapshots, and reading on exactly once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.types import StringType

from lakestand.errors import TableError
from lakestand.lake.iceberg import incremental, multiset, refs, snapshots, tables
from lakestand.lake.iceberg.compaction import compact
from lakestand.lake.iceberg.evolution import Evolution, evolve
from lakestand.lake.iceberg.following import checkpoint, follow
from tests.unit.test_cdc_pipelines.conftest import SCHEMA, rows

CHANGES = pa.schema(
    [*SCHEMA, ("_change_type", pa.string()), ("_change_ordinal", pa.int32()), ("_commit_snapshot_id", pa.int64())]
)


def changes(found: pa.Table) -> list[tuple[int, str, int]]:
    """Return ordinal, kind and id of each change, in order."""
    return sorted((r["_change_ordinal"], r["_change_type"], r["id"]) for r in found.to_pylist())


@pytest.fixture
def table(table: Table) -> Table:
    """Return a table with two appends, an update of one row in a file of two, and a delete."""
    table.append(rows((1, "a"), (2, "b")))
    table.append(rows((3, "c")))
    table.overwrite(rows((2, "B")), "id = 2")
    table.delete("id = 3")
    return table


@pytest.fixture
def target(catalog: Catalog) -> Table:
    """Return a table for the changes of another one."""
    return tables.create(catalog, "shop.orders_changes", CHANGES)


def test_only_appended_rows_are_added_rows(table: Table) -> None:
    first, second = snapshots.history(table)[:2]

    assert incremental.added(table, until=second.snapshot_id)["id"].to_pylist() == [1, 2, 3]
    assert incremental.added(table, since=first.snapshot_id, until=second.snapshot_id)["id"].to_pylist() == [3]


def test_the_changelog_has_inserts_and_deletes_and_not_what_was_only_carried_over(table: Table) -> None:
    assert changes(incremental.changelog(table)) == [
        (0, "INSERT", 1),
        (0, "INSERT", 2),
        (1, "INSERT", 3),
        (2, "DELETE", 2),
        (3, "INSERT", 2),
        (4, "DELETE", 3),
    ]


def test_every_change_names_its_commit(table: Table) -> None:
    found = incremental.changelog(table)

    commits = [s.snapshot_id for s in snapshots.history(table)]
    assert {(r["_change_ordinal"], r["_commit_snapshot_id"]) for r in found.to_pylist()} == set(enumerate(commits))


def test_applying_the_changelog_gives_the_table(table: Table) -> None:
    present: set[tuple[int, str]] = set()
    for change in incremental.changelog(table).to_pylist():
        row = (change["id"], change["name"])
        (present.add if change["_change_type"] == "INSERT" else present.remove)(row)

    assert present == {(r["id"], r["name"]) for r in table.scan().to_arrow().to_pylist()}


def test_nothing_lies_between_a_snapshot_and_itself(table: Table) -> None:
    now = snapshots.history(table)[-1].snapshot_id

    assert incremental.changelog(table, now, now).num_rows == 0
    assert incremental.changelog(table, now).schema.names == [*SCHEMA.names, *CHANGES.names[2:]]


def test_a_compaction_changes_nothing(table: Table) -> None:
    before = snapshots.history(table)[-1].snapshot_id
    table.append(rows((4, "d")))

    assert compact(table).files_after == 1
    assert changes(incremental.changelog(table, before)) == [(0, "INSERT", 4)]


def test_old_changes_are_told_with_the_present_columns(table: Table) -> None:
    evolve(table, Evolution(rename={"name": "label"}, add={"more": StringType()}))

    first = incremental.changelog(table).slice(0, 1).to_pylist()[0]
    assert (first["id"], first["label"], first["more"]) == (1, "a", None)


def test_an_expired_beginning_is_said_and_nothing_is_left_out_silently(table: Table) -> None:
    first = snapshots.history(table)[0].snapshot_id
    snapshots.expire(table, timedelta(0), keep=2)

    with pytest.raises(TableError, match="its first snapshots have expired"):
        incremental.changelog(table)
    with pytest.raises(TableError, match=f"snapshot {first} is no ancestor of"):
        incremental.changelog(table, first)


def test_what_was_rolled_back_is_no_beginning(table: Table) -> None:
    first, *_, last = snapshots.history(table)
    refs.rollback(table, first)

    with pytest.raises(TableError, match=f"snapshot {last.snapshot_id} is no ancestor of {first.snapshot_id}"):
        incremental.changelog(table, last.snapshot_id)


def test_increments_follow_on_one_another_without_gap_or_overlap(table: Table) -> None:
    first = incremental.read(table, incremental.begin(table))
    table.append(rows((5, "e")))
    second = incremental.read(table, first.checkpoint)
    third = incremental.read(table, second.checkpoint)

    assert first.rows.num_rows == 6
    assert changes(second.rows) == [(0, "INSERT", 5)]
    assert (third.rows.num_rows, third.checkpoint) == (0, second.checkpoint)


def test_an_empty_tables_increment_is_empty_and_its_checkpoint_is_the_beginning(catalog: Catalog) -> None:
    table = tables.create(catalog, "shop.empty", SCHEMA)

    found = incremental.read(table, incremental.begin(table))

    assert (found.rows.num_rows, found.checkpoint) == (0, incremental.begin(table))


def test_another_tables_checkpoint_is_refused(catalog: Catalog, table: Table) -> None:
    at = incremental.read(table, incremental.begin(table)).checkpoint
    catalog.drop_table("shop.orders")
    again = tables.create(catalog, "shop.orders", SCHEMA)

    with pytest.raises(TableError, match="it was dropped and made again"):
        incremental.read(again, at)


def test_a_follower_takes_each_change_once(table: Table, target: Table) -> None:
    assert [follow(table, target), follow(table, target)] == [6, 0]
    table.append(rows((5, "e")))
    assert follow(table, target) == 1

    assert target.scan().to_arrow().num_rows == 7
    assert checkpoint(table, target).snapshot_id == snapshots.history(table)[-1].snapshot_id


def test_followers_that_race_take_each_change_once_together(catalog: Catalog, table: Table, target: Table) -> None:
    def run(_follower: int) -> None:
        follow(catalog.load_table("shop.orders"), catalog.load_table("shop.orders_changes"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))

    assert changes(target.refresh().scan().to_arrow()) == changes(incremental.changelog(table))


VALUES = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", None])), max_size=12)


@given(VALUES, VALUES)
def test_a_bags_difference_is_that_of_counting(mine: list[tuple[int, str]], theirs: list[tuple[int, str]]) -> None:
    left = list(mine)
    for value in theirs:
        if value in left:
            left.remove(value)

    found = multiset.without(rows(*mine), rows(*theirs)).to_pylist()

    assert sorted((str(r["id"]), str(r["name"])) for r in found) == sorted((str(i), str(n)) for i, n in left)


def test_nested_values_and_nan_count_in_a_bag() -> None:
    schema = pa.schema([("s", pa.struct([("x", pa.int32())])), ("f", pa.float64())])
    one = pa.table({"s": [{"x": 1}, {"x": None}, None], "f": [1.0, float("nan"), None]}, schema=schema)

    assert multiset.without(one, one.slice(1)).to_pylist() == [{"s": {"x": 1}, "f": 1.0}]
