"""Tables on the stand's REST catalogue and object store: what a local catalogue cannot show."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from lakestand.errors import TableError
from lakestand.lake.iceberg import refs, snapshots, tables, writing
from lakestand.lake.iceberg.catalog import catalog_config, connect
from lakestand.settings import Settings
from tests.fixtures.appends import SCHEMA, append, rows
from tests.fixtures.iceberg_catalog import SERVICES
from tests.fixtures.road import ROOT

pytestmark = pytest.mark.services(*SERVICES)

APPENDS = 25


def test_four_writers_in_two_processes_append_every_acknowledged_row_once(
    iceberg_catalog: Catalog, namespace: str
) -> None:
    name = f"{namespace}.shared"
    tables.create(iceberg_catalog, name, SCHEMA)

    beside = subprocess.Popen([sys.executable, "-m", "tests.fixtures.appends", name, str(APPENDS), "0", "1"], cwd=ROOT)
    append(iceberg_catalog, name, APPENDS, (2, 3))

    assert beside.wait(90) == 0
    table = iceberg_catalog.load_table(name)
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == list(range(4 * APPENDS))
    assert len(snapshots.history(table)) == 4 * APPENDS


def test_a_table_of_a_nested_namespace_is_listed_and_written(iceberg_catalog: Catalog, namespace: str) -> None:
    name = f"{namespace}.inner.orders"
    writing.append(tables.create(iceberg_catalog, name, SCHEMA), rows(1))

    by_name = {tables.name(table): table for table in tables.load_all(iceberg_catalog)}

    assert by_name[name].scan().to_arrow().to_pylist() == [{"id": 1, "name": "1"}]


def test_a_renamed_table_is_read_and_written_under_its_new_name(iceberg_catalog: Catalog, namespace: str) -> None:
    writing.append(tables.create(iceberg_catalog, f"{namespace}.old", SCHEMA), rows(1))

    table = tables.rename(iceberg_catalog, f"{namespace}.old", f"{namespace}.new")
    writing.append(table, rows(2))

    assert iceberg_catalog.list_tables(namespace) == [(namespace, "new")]
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [1, 2]


def test_tag_rollback_and_what_follows_are_seen_by_another_client(
    settings: Settings, iceberg_catalog: Catalog, namespace: str
) -> None:
    table = tables.create(iceberg_catalog, f"{namespace}.history", SCHEMA)
    writing.append(table, rows(1))
    writing.append(table, rows(2))
    first, second = snapshots.history(table)
    refs.tag(table, "before", second)
    refs.rollback(table, first)
    writing.append(table, rows(3))

    other = connect(catalog_config(settings)).load_table(f"{namespace}.history")

    assert sorted(other.scan().to_arrow()["id"].to_pylist()) == [1, 3]
    assert sorted(snapshots.read(other, snapshots.by_name(other, "before"))["id"].to_pylist()) == [1, 2]


def test_of_eight_tags_of_one_name_at_once_one_is_made_and_the_others_are_refused(
    iceberg_catalog: Catalog, namespace: str
) -> None:
    table = tables.create(iceberg_catalog, f"{namespace}.tagged", SCHEMA)
    for i in range(8):
        writing.append(table, rows(i))
    handles = [iceberg_catalog.load_table(table.name()) for _ in range(8)]
    together = threading.Barrier(len(handles), timeout=30)

    def tag(handle: Table, snapshot: Snapshot) -> Snapshot | str:
        together.wait()
        try:
            refs.tag(handle, "best", snapshot)
        except TableError as err:
            return str(err)
        return snapshot

    with ThreadPoolExecutor(len(handles)) as pool:
        answers = list(pool.map(tag, handles, snapshots.history(table)))

    assert [answer for answer in answers if isinstance(answer, Snapshot)] == [
        snapshots.by_name(table.refresh(), "best")
    ]
    refusals = [answer for answer in answers if isinstance(answer, str)]
    assert refusals == [f"{namespace}.tagged has a tag or branch best already"] * 7


def test_hidden_partitions_are_written_apart_and_pruned(iceberg_catalog: Catalog, namespace: str) -> None:
    table = tables.create(iceberg_catalog, f"{namespace}.parts", SCHEMA, partitions=["bucket(4, id)", "name"])
    writing.append(table, rows(1, 2, 3, 4))

    assert len(list(table.scan().plan_files())) == 4
    assert len(list(table.scan(row_filter="name = '2'").plan_files())) == 1


def test_a_table_of_format_3_is_made_and_read_and_writing_it_is_refused(
    iceberg_catalog: Catalog, namespace: str
) -> None:
    table = tables.create(iceberg_catalog, f"{namespace}.three", SCHEMA, format_version=3)

    assert (table.format_version, table.scan().to_arrow().num_rows) == (3, 0)
    with pytest.raises(TableError, match="has format version 3: PyIceberg reads it and cannot write it"):
        writing.append(table, rows(1))
