"""Several pipelines, partitions and compactions on one Iceberg mirror: each event is written once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyiceberg.catalog import Catalog

from lakestand.lake.iceberg.compaction import compact
from lakestand.settings import Settings
from tests.fixtures.stream import Stream, stream
from tests.unit.pipeline.connect import row

pytestmark = pytest.mark.services("kafka", "minio", "iceberg-rest")


@pytest.fixture(params=["iceberg", "iceberg copy", "iceberg position"])
def orders(settings: Settings, namespace: str, request: pytest.FixtureRequest) -> Iterator[Stream]:
    """Yield a stream of changes of the table orders (id int, note text), for each form of deletes."""
    with stream(settings, request.param, namespace) as changes:
        yield changes


@pytest.fixture
def two_partitions(settings: Settings, namespace: str) -> Iterator[Stream]:
    """Yield such a stream over a topic of two partitions."""
    with stream(settings, "iceberg", namespace, partitions=2) as changes:
        yield changes


def test_a_pipeline_that_runs_again_commits_nothing(orders: Stream, iceberg_catalog: Catalog) -> None:
    orders.send("c", row(1))
    orders.carry()
    before = iceberg_catalog.load_table((orders.namespace, "orders")).metadata_location

    assert orders.carry() == 0
    assert iceberg_catalog.load_table((orders.namespace, "orders")).metadata_location == before


def test_both_partitions_of_a_topic_arrive_with_their_positions(two_partitions: Stream) -> None:
    for i in range(40):
        two_partitions.send("c", row(i, "x"), partition=i % 2)

    assert two_partitions.carry() == 80
    assert [r["id"] for r in two_partitions.rows()] == list(range(40))
    assert [c["_offset"] for c in two_partitions.changes().to_pylist()] == [*range(20), *range(20)]


def test_a_dropped_table_is_filled_anew_from_the_topic(orders: Stream, iceberg_catalog: Catalog) -> None:
    for i in range(5):
        orders.send("c", row(i))
    orders.carry()
    iceberg_catalog.purge_table((orders.namespace, "orders"))

    assert orders.carry() == 5  # the changelog holds them already
    assert [r["id"] for r in orders.rows()] == [0, 1, 2, 3, 4]


def test_two_pipelines_on_one_table_write_each_event_once(orders: Stream) -> None:
    for i in range(500):
        orders.send("c", row(i, "x"))
    orders.producer.flush(10)
    pipelines = [orders.pipeline(), orders.pipeline()]
    with ThreadPoolExecutor(len(pipelines)) as pool:
        list(pool.map(lambda pipeline: pipeline.run(), pipelines))

    assert [r["id"] for r in orders.rows()] == list(range(500))
    assert orders.changes().num_rows == 500


def test_a_compaction_between_two_batches_loses_and_doubles_nothing(orders: Stream, iceberg_catalog: Catalog) -> None:
    for i in range(6):
        orders.send("c", row(i, "x"))
        orders.carry()
    mirror = iceberg_catalog.load_table((orders.namespace, "orders"))

    assert compact(mirror).files_after == 1
    orders.send("u", row(0, "y"))

    assert orders.carry() == 2
    assert [(r["id"], r["note"]) for r in orders.rows()] == [(0, "y"), *((i, "x") for i in range(1, 6))]
