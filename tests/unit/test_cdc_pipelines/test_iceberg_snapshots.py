"""Snapshots and time travel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.types import StringType

from lakestand.errors import TableError
from lakestand.lake.iceberg import refs, snapshots
from lakestand.lake.iceberg.evolution import Evolution, evolve
from tests.unit.test_cdc_pipelines.conftest import rows


@pytest.fixture
def three(table: Table) -> list[Snapshot]:
    """Return a table with three appends of one row each."""
    for i in (1, 2, 3):
        table.append(rows((i, str(i))))
    return snapshots.history(table)


def ids(found: pa.Table) -> list[int]:
    """Return the ids, in order."""
    return sorted(found["id"].to_pylist())


def at(snapshot: Snapshot, milliseconds: int = 0) -> datetime:
    """Return the moment of a snapshot, or one a little beside it."""
    return datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC) + timedelta(milliseconds=milliseconds)


def test_history_is_in_order_and_ends_with_the_current_snapshot(table: Table, three: list[Snapshot]) -> None:
    assert [s.sequence_number for s in three] == [1, 2, 3]
    assert snapshots.current(table) == three[-1]


def test_a_table_that_was_never_written_has_no_history(table: Table) -> None:
    assert (snapshots.current(table), snapshots.history(table)) == (None, [])


def test_each_snapshot_has_the_rows_of_its_time(table: Table, three: list[Snapshot]) -> None:
    assert [ids(snapshots.read(table, s)) for s in three] == [[1], [1, 2], [1, 2, 3]]


def test_a_snapshot_shows_the_columns_that_it_had(table: Table, three: list[Snapshot]) -> None:
    evolve(table, Evolution(add={"more": StringType()}, drop=["name"]))

    assert snapshots.read(table, three[0]).column_names == ["id", "name"]
    assert table.scan().to_arrow().column_names == ["id", "more"]


def test_an_unknown_snapshot_is_named(table: Table, three: list[Snapshot]) -> None:
    assert snapshots.by_id(table, three[0].snapshot_id) == three[0]
    with pytest.raises(TableError, match=r"shop\.orders has no snapshot 7: it was expired, or is another table's"):
        snapshots.by_id(table, 7)


def test_the_snapshot_of_a_moment_is_the_last_one_until_then(table: Table, three: list[Snapshot]) -> None:
    assert snapshots.as_of(table, at(three[1])) == three[1]
    assert snapshots.as_of(table, at(three[2], 60_000)) == three[2]


def test_a_moment_before_the_history_is_refused_with_its_beginning(table: Table, three: list[Snapshot]) -> None:
    with pytest.raises(TableError, match=f"its history begins at {at(three[0]).isoformat()}".replace("+", r"\+")):
        snapshots.as_of(table, at(three[0], -1))


def test_a_tag_and_a_branch_find_their_snapshots_again(table: Table, three: list[Snapshot]) -> None:
    refs.tag(table, "audit", three[0])
    refs.branch(table, "trial", three[1])

    assert snapshots.by_name(table, "audit") == three[0]
    assert snapshots.by_name(table, "trial") == three[1]
    with pytest.raises(TableError, match="there are audit, main, trial"):
        snapshots.by_name(table, "none")


def test_a_tag_does_not_move(table: Table, three: list[Snapshot]) -> None:
    refs.tag(table, "audit", three[0])

    with pytest.raises(TableError, match="has a tag or branch audit already"):
        refs.tag(table, "audit", three[1])
    refs.tag(table, "audit", three[0])
    assert snapshots.by_name(table, "audit") == three[0]


def test_a_branch_takes_rows_that_main_does_not_see(table: Table, three: list[Snapshot]) -> None:
    refs.branch(table, "trial", three[0])

    table.append(rows((9, "trial")), branch="trial")

    assert ids(snapshots.read(table, snapshots.by_name(table, "trial"))) == [1, 9]
    assert ids(table.scan().to_arrow()) == [1, 2, 3]


@pytest.mark.parametrize("name", ["main", "none"])
def test_only_tags_and_branches_that_are_there_can_be_forgotten(table: Table, three: list[Snapshot], name: str) -> None:
    refs.tag(table, "audit", three[0])
    refs.forget(table, "audit")

    assert set(table.refs()) == {"main"}
    with pytest.raises(TableError, match=f"no tag or branch {name} that could be removed"):
        refs.forget(table, name)


def test_a_rollback_shows_the_old_rows_and_what_follows_builds_upon_them(table: Table, three: list[Snapshot]) -> None:
    refs.rollback(table, three[0])
    assert ids(table.scan().to_arrow()) == [1]

    table.append(rows((4, "4")))

    assert ids(table.scan().to_arrow()) == [1, 4]
    assert [s.snapshot_id for s in snapshots.history(table)][:-1] == [three[0].snapshot_id]
    assert ids(snapshots.read(table, three[2])) == [1, 2, 3]


def test_a_rollback_to_no_ancestor_is_refused(table: Table, three: list[Snapshot]) -> None:
    refs.rollback(table, three[0])

    with pytest.raises(TableError, match=f"cannot be rolled back to {three[2].snapshot_id}, no ancestor"):
        refs.rollback(table, three[2])


def test_a_rollback_is_refused_where_another_wrote_since_the_table_was_loaded(
    catalog: Catalog, table: Table, three: list[Snapshot]
) -> None:
    catalog.load_table(table.name()).append(rows((4, "4")))

    with pytest.raises(TableError, match=r"shop\.orders is not rolled back: another writer committed meanwhile"):
        refs.rollback(table, three[0])
    assert ids(table.refresh().scan().to_arrow()) == [1, 2, 3, 4]


def test_a_pipelines_table_is_not_rolled_back(table: Table, three: list[Snapshot]) -> None:
    with table.transaction() as transaction:
        transaction.set_properties({"lakestand.position.shop.public.orders.0": "3"})

    with pytest.raises(TableError, match="is written by a pipeline, whose position would not go back"):
        refs.rollback(table, three[0])


def test_expiry_keeps_the_last_the_tagged_and_the_young(table: Table, three: list[Snapshot]) -> None:
    refs.tag(table, "audit", three[0])

    assert snapshots.expire(table, timedelta(hours=1)) == []
    assert snapshots.expire(table, timedelta(0)) == [three[1].snapshot_id]
    assert {s.snapshot_id for s in table.snapshots()} == {three[0].snapshot_id, three[2].snapshot_id}
    assert ids(table.scan().to_arrow()) == [1, 2, 3]


def test_expiry_keeps_as_many_as_it_is_told(table: Table, three: list[Snapshot]) -> None:
    assert snapshots.expire(table, timedelta(0), keep=2) == [three[0].snapshot_id]
