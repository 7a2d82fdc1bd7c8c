"""Compaction, expiry and orphans: files go, rows stay."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import FileScanTask, Table

from lakestand.errors import TableError
from lakestand.lake.iceberg import files, maintenance, snapshots, tables
from lakestand.lake.iceberg.compaction import Compacted, compact
from lakestand.lake.iceberg.maintenance import Plan, maintain
from tests.unit.test_cdc_pipelines.conftest import SCHEMA, rows

NOW = timedelta(0)


@pytest.fixture
def table(table: Table) -> Table:
    """Return a table with six files of one row each, of which one row is deleted."""
    for i in range(6):
        table.append(rows((i, "x")))
    table.delete("id = 5")
    return table


def parquet(table: Table) -> set[Path]:
    """Return the data files in the table's folder."""
    return set(Path(table.location().removeprefix("file://")).rglob("*.parquet"))


def ids(table: Table) -> list[int]:
    """Return the ids that a reader sees."""
    return sorted(table.scan().to_arrow()["id"].to_pylist())


def test_small_files_become_one_and_rows_stay(table: Table) -> None:
    assert compact(table) == Compacted(files_before=5, files_after=1)

    assert ids(table) == [0, 1, 2, 3, 4]
    assert len(list(table.scan().plan_files())) == 1


def test_a_compacted_table_is_left_alone(table: Table) -> None:
    compact(table)
    before = table.current_snapshot()

    assert compact(table) == Compacted(files_before=1, files_after=1)
    assert table.refresh().current_snapshot() == before


def test_a_group_is_no_larger_than_the_target(table: Table) -> None:
    size = max(t.file.file_size_in_bytes for t in table.scan().plan_files())

    assert compact(table, target_bytes=2 * size) == Compacted(files_before=5, files_after=3)
    assert ids(table) == [0, 1, 2, 3, 4]


def test_partitions_are_not_mixed_and_old_ones_get_the_present_spec(catalog: Catalog) -> None:
    table = tables.create(catalog, "shop.parts", SCHEMA, partitions=["name"])
    for i, name in enumerate("aabb"):
        table.append(rows((i, name)))

    assert compact(table) == Compacted(files_before=4, files_after=2)
    assert {str(t.file.partition): t.file.record_count for t in table.scan().plan_files()} == {
        "Record[a]": 2,
        "Record[b]": 2,
    }


OTHERS: dict[str, tuple[Callable[[Table], None], list[int]]] = {
    "append": (lambda t: t.append(rows((9, "x"))), [0, 1, 2, 3, 4, 9]),
    "delete": (lambda t: t.delete("id = 0"), [1, 2, 3, 4]),
    "overwrite": (lambda t: t.overwrite(rows((7, "x")), "id = 0"), [1, 2, 3, 4, 7]),
}


@pytest.mark.parametrize("retries", ["0", "4"], ids=["PyIceberg does not retry", "PyIceberg retries"])
@pytest.mark.parametrize("kind", OTHERS)
def test_what_another_writer_commits_during_a_compaction_is_kept_once(
    monkeypatch: pytest.MonkeyPatch, catalog: Catalog, table: Table, kind: str, retries: str
) -> None:
    with table.transaction() as transaction:
        transaction.set_properties({"commit.retry.num-retries": retries})
    other, expected = OTHERS[kind]
    waiting, scan = [other], files.read_tasks

    def interrupted(of: Table, tasks: Sequence[FileScanTask]) -> pa.Table:
        if waiting:
            waiting.pop()(catalog.load_table("shop.orders"))
        return scan(of, tasks)

    monkeypatch.setattr(files, "read_tasks", interrupted)
    done = compact(table)

    assert (ids(table.refresh()), done.files_after) == (expected, 1)


def test_a_snapshot_that_comes_while_others_expire_stays(catalog: Catalog, table: Table) -> None:
    compact(table)
    catalog.load_table("shop.orders").append(rows((9, "x")))

    assert len(snapshots.expire(table, NOW)) == 8
    assert (ids(table), len(table.snapshots())) == ([0, 1, 2, 3, 4, 9], 1)


def test_expired_snapshots_files_are_deleted_and_the_present_ones_stay(table: Table) -> None:
    compact(table)

    expired, unused = maintenance.expire(table, NOW)
    maintenance.delete(table, unused)

    assert len(expired) == 7
    assert {f"file://{p}" for p in parquet(table)} == {t.file.file_path for t in table.scan().plan_files()}
    assert ids(table) == [0, 1, 2, 3, 4]


def test_an_unknown_file_is_an_orphan_only_when_it_is_old(catalog: Catalog, table: Table) -> None:
    stray = next(iter(parquet(table))).parent / "stray.parquet"
    stray.write_bytes(b"lost by a writer that died")

    assert maintenance.orphans(catalog, table, timedelta(days=1)) == []
    os.utime(stray, (0, 0))
    assert maintenance.orphans(catalog, table, timedelta(days=1)) == [f"file://{stray}"]


def test_no_file_that_the_metadata_names_is_an_orphan(catalog: Catalog, table: Table) -> None:
    assert maintenance.orphans(catalog, table, timedelta(seconds=-60)) == []
    assert len(files.reachable_paths(table)) > 5


def test_a_renamed_tables_files_are_no_orphans_of_a_new_table_of_its_old_name(catalog: Catalog, table: Table) -> None:
    tables.rename(catalog, "shop.orders", "shop.kept")
    new = tables.create(catalog, "shop.orders", SCHEMA)
    assert new.location() == table.location()

    assert maintenance.orphans(catalog, new, timedelta(seconds=-60)) == []


def test_maintenance_tells_what_it_did(catalog: Catalog, table: Table) -> None:
    stray = next(iter(parquet(table))).parent / "stray.parquet"
    stray.write_bytes(b"12345")
    os.utime(stray, (0, 0))

    done = maintain(catalog, "shop.orders", Plan(keep=NOW))

    assert (done.files_before, done.files_after, done.snapshots_expired, done.orphans_deleted) == (5, 1, 7, 1)
    assert done.files_deleted > 6
    assert done.bytes_freed > 5
    assert not stray.exists()
    assert ids(tables.load(catalog, "shop.orders")) == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("table")
def test_maintenance_that_has_nothing_to_do_does_nothing(catalog: Catalog) -> None:
    maintain(catalog, "shop.orders", Plan(keep=NOW))

    done = maintain(catalog, "shop.orders", Plan(keep=NOW))

    assert (done.files_before, done.files_after, done.snapshots_expired, done.files_deleted, done.bytes_freed) == (
        1,
        1,
        0,
        0,
        0,
    )


def test_a_table_of_a_format_that_cannot_be_written_is_refused(table: Table) -> None:
    v3 = table.metadata.model_copy(update={"format_version": 3})
    table.metadata = v3

    with pytest.raises(TableError, match="has format version 3: PyIceberg reads it and cannot write it"):
        tables.check_writable(table)
