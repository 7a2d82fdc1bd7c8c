"""A table's whole way into Iceberg, with exact final counts, whatever happens meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pyiceberg.catalog import Catalog

from lakestand.lake.iceberg import incremental, snapshots
from lakestand.lake.iceberg.maintenance import Plan, maintain
from tests.e2e.conftest import MakeRoad
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)

COLUMNS = "id INT PRIMARY KEY, n INT, note VARCHAR(40)"


def fill(road: Road, first: int, count: int) -> None:
    """Insert *count* rows in one statement."""
    values = ", ".join(f"({i}, {i % 7}, 'row {i}')" for i in range(first, first + count))
    road.source.execute(f"INSERT INTO {road.table} (id, n, note) VALUES {values}")


@pytest.mark.parametrize("database", ["postgres", "mysql"])
def test_loaded_changed_and_deleted_rows_end_in_the_exact_counts(make_road: MakeRoad, database: str) -> None:
    road = make_road(database, "iceberg", COLUMNS)
    fill(road, 0, 1000)
    road.register()
    fill(road, 1000, 300)
    road.source.execute(f"UPDATE {road.table} SET n = -1 WHERE id < 200")
    road.source.execute(f"DELETE FROM {road.table} WHERE id >= 1200")

    road.carry(1000 + 300 + 200 + 100)

    assert road.ops() == "r" * 1000 + "c" * 300 + "u" * 200 + "d" * 100
    assert road.compare().equal
    assert (road.mirror().num_rows, road.mirror()["n"].to_pylist().count(-1)) == (1200, 200)


def test_many_short_runs_end_where_one_long_run_does(make_road: MakeRoad) -> None:
    road = make_road("postgres", "iceberg", COLUMNS)
    road.register()
    for run in range(5):
        fill(road, run * 40, 40)
        road.source.execute(f"UPDATE {road.table} SET n = {run} WHERE id = 0")
        road.carry(41)

    assert road.ops() == ("c" * 40 + "u") * 5
    assert road.compare().equal
    assert road.mirror().num_rows == 200


def test_maintenance_under_a_working_pipeline_loses_and_doubles_nothing(
    make_road: MakeRoad, iceberg_catalog: Catalog
) -> None:
    road = make_road("postgres", "iceberg", COLUMNS)
    road.register()
    mirror, plan = f"{road.namespace}.{road.name}", Plan(keep=timedelta(0))

    with road.flowing() as (_, wait):
        fill(road, 0, 20)
        wait(2 * 20)
        for run in range(1, 6):
            fill(road, run * 20, 20)
            road.source.execute(f"UPDATE {road.table} SET n = {run} WHERE id < 20")
            maintain(iceberg_catalog, mirror, plan)  # not waited for: the pipeline commits meanwhile
        wait(2 * (6 * 20 + 5 * 20))

    assert maintain(iceberg_catalog, mirror, plan).files_after == 1
    assert sorted(road.ops()) == ["c"] * 120 + ["u"] * 100
    assert road.compare().equal
    assert len(iceberg_catalog.load_table((road.namespace, road.name)).snapshots()) == 1


def test_the_mirrors_own_history_holds_every_change_of_the_source(
    make_road: MakeRoad, iceberg_catalog: Catalog
) -> None:
    road = make_road("postgres", "iceberg", COLUMNS)
    fill(road, 0, 10)
    road.register()
    road.carry(10)
    road.source.execute(f"UPDATE {road.table} SET note = 'new' WHERE id = 3")
    road.source.execute(f"DELETE FROM {road.table} WHERE id = 4")
    road.carry(2)

    mirror = iceberg_catalog.load_table((road.namespace, road.name))
    first = next(s for s in snapshots.history(mirror) if snapshots.read(mirror, s).num_rows == 10)
    changes = incremental.changelog(mirror, first.snapshot_id).to_pylist()

    assert sorted((c["_change_type"], c["id"], c["note"]) for c in changes) == [
        ("DELETE", 3, "row 3"),
        ("DELETE", 4, "row 4"),
        ("INSERT", 3, "new"),
    ]
