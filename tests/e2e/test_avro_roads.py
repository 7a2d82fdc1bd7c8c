"""Avro through the Schema Registry, from either database, by either engine: the mirror is the source."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lakestand import probe
from lakestand.clients.registry import Registry, registry_config
from lakestand.lake.memory import Memory
from lakestand.settings import Settings
from tests.fixtures.road import SERVICES, Road, road
from tests.fixtures.spark_engine import SparkEngine, spark_engine

pytestmark = pytest.mark.services(*SERVICES, "schema-registry")

COLUMNS = "id INT PRIMARY KEY, big BIGINT, price DECIMAL(9, 2), at TIMESTAMP(6) NULL, day DATE, note VARCHAR(50)"


ROADS = [
    ("postgres", "iceberg", "spark"),
    ("postgres", "delta", "local"),
    ("mysql", "iceberg", "local"),
    ("mysql", "delta", "spark"),
]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkEngine]:
    """Run one warm session for all tests."""
    with spark_engine() as engine:
        yield engine


def carry(road: Road, spark: SparkEngine, engine: str) -> None:
    """Carry all that the topic holds now, by one of the engines."""
    if engine == "spark":
        assert spark.run(road.topic, road.sink_kind, road.namespace)["error"] == ""
    else:
        road.pipeline().run()


def count_changes(road: Road) -> int:
    """Count the changes that the topic holds now."""
    memory = Memory()
    road.pipeline(sinks=[memory]).run()
    return memory.tables[f"{road.name}_changelog"].read().num_rows if memory.tables else 0


@pytest.mark.parametrize(("database", "sink", "engine"), ROADS)
def test_every_change_arrives_as_it_was_made(
    settings: Settings, spark: SparkEngine, database: str, sink: str, engine: str
) -> None:
    with road(settings, database, sink, COLUMNS, "avro") as route:
        insert = f"INSERT INTO {route.table} VALUES "
        route.source.execute(
            f"{insert} (1, 9007199254740993, 12.34, '2026-02-28 23:59:59.123456', '2026-02-28', 'é😀')"
        )
        route.register()
        route.source.execute(f"{insert} (2, NULL, NULL, NULL, NULL, NULL), (3, -1, -0.01, NULL, '1969-12-31', '')")
        route.source.execute(f"UPDATE {route.table} SET price = 99.99 WHERE id = 1")
        route.source.execute(f"DELETE FROM {route.table} WHERE id = 2")
        probe.until(lambda: count_changes(route) == 5, 30, "five changes in the topic")

        carry(route, spark, engine)

        compared = route.compare()
        assert compared.equal, compared
        assert compared.difference.mirror_rows == 2
        assert route.ops() == "rccud"
        assert Registry(registry_config(settings)).versions(f"{route.topic}-value") == [1]
