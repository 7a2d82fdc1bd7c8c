"""Iceberg tables that Spark wrote as PyIceberg cannot: format version 3, and deletes by merge on read."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from lakestand.errors import TableError
from lakestand.lake.iceberg import incremental, snapshots, writing
from lakestand.lake.iceberg.compaction import compact
from lakestand.settings import Settings
from tests.fixtures.iceberg_catalog import SERVICES, own_namespace
from tests.fixtures.spark_sql import spark_sql

pytestmark = pytest.mark.services(*SERVICES)


def script(table: str, version: int) -> list[str]:
    """Return SQL that writes three rows in one file and one more, and deletes one by merge on read."""
    properties = f"'format-version'='{version}', 'write.delete.mode'='merge-on-read'"
    return [
        f"CREATE TABLE lakestand.{table} (id BIGINT, name STRING) USING iceberg TBLPROPERTIES ({properties})",
        f"INSERT INTO lakestand.{table} SELECT /*+ COALESCE(1) */ id, 'é😀' FROM range(1, 4)",
        f"INSERT INTO lakestand.{table} VALUES (4, NULL)",
        f"DELETE FROM lakestand.{table} WHERE id = 2",
    ]


@pytest.fixture(scope="module")
def place(settings: Settings, iceberg_catalog: Catalog) -> Iterator[str]:
    """Fill a namespace with the tables two and three, named for their format, and one of format 2 to be written."""
    with own_namespace(settings, iceberg_catalog) as name:
        spark_sql([*script(f"{name}.two", 2), *script(f"{name}.written", 2), *script(f"{name}.three", 3)])
        yield name


@pytest.fixture(params=[2, 3], ids=["format 2", "format 3"])
def table(request: pytest.FixtureRequest, iceberg_catalog: Catalog, place: str) -> Table:
    """Load the table of each format."""
    loaded: Table = iceberg_catalog.load_table(f"{place}.{'two' if request.param == 2 else 'three'}")
    assert loaded.format_version == request.param
    return loaded


def ids(table: Table) -> list[int]:
    """Return the ids that a reader sees, in order."""
    return sorted(table.scan().to_arrow()["id"].to_pylist())


def test_a_row_deleted_by_merge_on_read_is_not_seen_and_its_history_is(table: Table) -> None:
    first, second, third = snapshots.history(table)

    assert ids(table) == [1, 3, 4]
    assert [snapshots.read(table, s).num_rows for s in (first, second, third)] == [3, 4, 3]
    assert snapshots.read(table, first)["name"].to_pylist() == ["é😀"] * 3


def test_changes_between_two_snapshots_are_returned_until_the_first_delete(table: Table) -> None:
    first, second, _ = snapshots.history(table)

    assert incremental.added(table, first.snapshot_id, second.snapshot_id)["id"].to_pylist() == [4]
    assert incremental.changelog(table, None, second.snapshot_id)["_change_type"].to_pylist() == ["INSERT"] * 4


def test_position_deletes_of_spark_are_in_the_changelog_and_deletion_vectors_are_refused(
    iceberg_catalog: Catalog, place: str
) -> None:
    two, three = (iceberg_catalog.load_table(f"{place}.{name}") for name in ("two", "three"))
    changes = incremental.changelog(two, snapshots.history(two)[1].snapshot_id)

    assert [(c["id"], c["_change_type"]) for c in changes.to_pylist()] == [(2, "DELETE")]
    with pytest.raises(TableError, match="has equality deletes or deletion vectors"):
        incremental.changelog(three)


def test_compaction_takes_away_delete_files_and_no_other_row(iceberg_catalog: Catalog, place: str) -> None:
    table = iceberg_catalog.load_table(f"{place}.written")
    assert [len(task.delete_files) for task in table.scan().plan_files() if task.delete_files] == [1]

    done = compact(table)

    assert (done.files_before, done.files_after) == (2, 1)
    assert [len(task.delete_files) for task in table.refresh().scan().plan_files()] == [0]
    assert sorted(table.scan().to_arrow().to_pylist(), key=itemgetter("id")) == [
        {"id": 1, "name": "é😀"},
        {"id": 3, "name": "é😀"},
        {"id": 4, "name": None},
    ]


def test_a_table_of_format_3_is_neither_written_nor_compacted(iceberg_catalog: Catalog, place: str) -> None:
    table = iceberg_catalog.load_table(f"{place}.three")

    with pytest.raises(TableError, match="has format version 3: PyIceberg reads it and cannot write it"):
        writing.append(table, table.scan().to_arrow())
    with pytest.raises(TableError, match="has format version 3"):
        compact(table)
    assert len(snapshots.history(table.refresh())) == 3
