"""The four roads: every change of a table in a database is in its mirror and its changelog, exactly."""

from __future__ import annotations

from itertools import product

import pytest

from lakestand.errors import IncompatibleSchema
from tests.e2e.conftest import MakeRoad
from tests.fixtures.road import SERVICES

pytestmark = pytest.mark.services(*SERVICES)

ROADS = pytest.mark.parametrize(("database", "sink"), list(product(("postgres", "mysql"), ("iceberg", "delta"))))
COLUMNS = "id BIGINT PRIMARY KEY, name VARCHAR(80), amount DECIMAL(12, 2), day DATE, seen TIMESTAMP NULL"
ROW = "(%s, %s, %s, '2026-02-28', '2026-02-28 23:59:59')"


@ROADS
def test_snapshot_and_stream_give_the_sources_rows(make_road: MakeRoad, database: str, sink: str) -> None:
    road = make_road(database, sink, COLUMNS)
    for i in range(3):
        road.source.execute(f"INSERT INTO {road.table} VALUES {ROW}", [i, "é😀", f"{i}.25"])
    road.register()
    road.source.execute(f"INSERT INTO {road.table} VALUES {ROW}", [9, None, "-0.01"])
    road.source.execute(f"UPDATE {road.table} SET name = 'changed' WHERE id = 1")
    road.source.execute(f"DELETE FROM {road.table} WHERE id = 2")

    road.carry(6)

    assert road.ops() == "rrrcud"
    assert sorted(road.mirror()["id"].to_pylist()) == [0, 1, 9]
    assert road.compare().equal


@ROADS
def test_changed_primary_key_moves_the_row(make_road: MakeRoad, database: str, sink: str) -> None:
    road = make_road(database, sink, COLUMNS)
    road.source.execute(f"INSERT INTO {road.table} VALUES {ROW}", [1, "kept", 1])
    road.register()
    road.source.execute(f"UPDATE {road.table} SET id = 2 WHERE id = 1")

    road.carry(3)

    assert road.ops() == "rdc"
    assert road.mirror().select(["id", "name"]).to_pylist() == [{"id": 2, "name": "kept"}]


@ROADS
def test_truncate_empties_the_mirror_and_stays_in_the_changelog(make_road: MakeRoad, database: str, sink: str) -> None:
    road = make_road(database, sink, COLUMNS)
    road.source.execute(f"INSERT INTO {road.table} VALUES {ROW}", [1, "gone", 1])
    road.register()
    road.source.execute(f"TRUNCATE TABLE {road.table}")
    road.source.execute(f"INSERT INTO {road.table} VALUES {ROW}", [2, "new", 2])

    road.carry(3)

    assert road.ops() == "rtc"
    assert road.mirror()["id"].to_pylist() == [2]


@ROADS
def test_added_widened_and_dropped_columns_are_followed(make_road: MakeRoad, database: str, sink: str) -> None:
    road = make_road(database, sink, "id INT PRIMARY KEY, n INT, gone INT")
    change = "ALTER COLUMN n TYPE BIGINT" if database == "postgres" else "MODIFY n BIGINT"
    road.source.execute(f"INSERT INTO {road.table} VALUES (1, 1, 1)")
    road.register()
    road.source.execute(f"ALTER TABLE {road.table} ADD COLUMN added INT")
    road.source.execute(f"ALTER TABLE {road.table} {change}")
    road.source.execute(f"ALTER TABLE {road.table} DROP COLUMN gone")
    road.source.execute(f"INSERT INTO {road.table} (id, n, added) VALUES (2, 3000000000, 7)")

    road.carry(2)

    assert sorted(road.mirror().to_pylist(), key=lambda r: r["id"]) == [
        {"id": 1, "n": 1, "gone": 1, "added": None},
        {"id": 2, "n": 3_000_000_000, "gone": None, "added": 7},
    ]


@ROADS
def test_incompatible_type_is_refused_and_nothing_is_written(make_road: MakeRoad, database: str, sink: str) -> None:
    road = make_road(database, sink, "id INT PRIMARY KEY, n VARCHAR(20)")
    change = "ALTER COLUMN n TYPE INT USING 0" if database == "postgres" else "MODIFY n INT"
    road.source.execute(f"INSERT INTO {road.table} VALUES (1, '1')")
    road.register()
    road.carry(1)
    road.source.execute(f"ALTER TABLE {road.table} {change}")
    road.source.execute(f"INSERT INTO {road.table} VALUES (2, 2)")

    with pytest.raises(IncompatibleSchema, match=r"\.n is string in the table and int32 in the source"):
        road.carry(2)
    assert road.mirror().to_pylist() == [{"id": 1, "n": "1"}]


@pytest.mark.parametrize("sink", ["iceberg", "delta"])
def test_unchanged_large_value_stays_in_the_mirror(make_road: MakeRoad, sink: str) -> None:
    road = make_road("postgres", sink, "id INT PRIMARY KEY, n INT, large TEXT")
    road.source.execute(f"ALTER TABLE {road.table} ALTER COLUMN large SET STORAGE EXTERNAL")
    road.source.execute(f"INSERT INTO {road.table} VALUES (1, 1, repeat('x', 100000))")
    road.register()
    road.carry(1)
    road.source.execute(f"UPDATE {road.table} SET n = 2 WHERE id = 1")

    road.carry(1)

    assert road.mirror().to_pylist() == [{"id": 1, "n": 2, "large": "x" * 100_000}]


@pytest.mark.parametrize("sink", ["iceberg", "delta"])
def test_table_without_a_key_gets_a_changelog_only(make_road: MakeRoad, sink: str) -> None:
    road = make_road("postgres", sink, "n INT")
    road.source.execute(f"INSERT INTO {road.table} VALUES (1), (1)")
    road.register()

    with road.flowing() as (pipeline, wait):
        wait(2)

    assert road.ops() == "rr"
    assert road.sink.existing(road.name) is None
    assert pipeline.incidents.warnings == [f"{road.topic} has no primary key: it gets a changelog and no mirror"]


def test_rolled_back_transaction_leaves_no_event(make_road: MakeRoad) -> None:
    road = make_road("postgres", "delta", COLUMNS)
    road.register()
    road.source.execute(
        f"DO $$ BEGIN INSERT INTO {road.table} (id) VALUES (1); RAISE EXCEPTION 'no'; EXCEPTION WHEN OTHERS THEN END $$"
    )
    road.source.execute(f"INSERT INTO {road.table} (id) VALUES (2)")

    road.carry(1)

    assert road.ops() == "c"
    assert road.mirror()["id"].to_pylist() == [2]
