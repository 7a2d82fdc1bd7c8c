"""Catalogue and store die or restart under a pipeline. Never beside Iceberg's other tests: those run in parallel."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog

from lakestand.errors import ServiceError
from lakestand.lake.iceberg import tables, writing
from lakestand.lake.iceberg.catalog import catalog_config, connect
from lakestand.settings import Settings
from lakestand.stand.stack import Stack
from tests.e2e.conftest import MakeRoad
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)

SCHEMA = pa.schema([("id", pa.int64())])
ROW = pa.table({"id": [1]}, schema=SCHEMA)


def insert(road: Road, first: int, end: int) -> None:
    """Insert a row of each id from *first* up to, but not with, *end*."""
    road.source.execute(f"INSERT INTO {road.table} (id) VALUES {', '.join(f'({i})' for i in range(first, end))}")


@pytest.mark.parametrize("service", ["iceberg-rest", "minio"])
def test_a_service_that_dies_under_a_working_pipeline_delays_it_only(
    make_road: MakeRoad, stack: Stack, service: str
) -> None:
    road = make_road("postgres", "iceberg", "id INT PRIMARY KEY")
    road.register()

    with road.flowing() as (_, wait):
        insert(road, 0, 50)
        wait(2 * 50)
        with stack.stopped(service, kill=True):
            insert(road, 50, 100)
        wait(2 * 100)

    assert road.ops() == "c" * 100
    assert road.compare().equal


def test_tables_outlive_a_restart_of_the_catalogue(
    settings: Settings, iceberg_catalog: Catalog, namespace: str, stack: Stack
) -> None:
    writing.append(tables.create(iceberg_catalog, f"{namespace}.kept", SCHEMA), ROW)

    with stack.stopped("iceberg-rest"), pytest.raises(ServiceError, match=r"no answer in 3 attempts.*invoke up"):
        connect(catalog_config(settings))

    again = connect(catalog_config(settings))
    assert again.load_table(f"{namespace}.kept").scan().to_arrow().to_pylist() == ROW.to_pylist()
