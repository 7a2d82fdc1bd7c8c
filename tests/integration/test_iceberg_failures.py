"""What the Iceberg sink does when its catalogue or its store fails, each time for real."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog

from lakestand import storage
from lakestand.errors import SinkAway, TableGone
from lakestand.pipeline.event import Source
from lakestand.pipeline.sinks import Mark
from lakestand.pipeline.sinks.iceberg import Iceberg
from lakestand.settings import Settings
from lakestand.stack import Stack
from tests.fixtures.iceberg_catalog import SERVICES
from tests.fixtures.proxy import Fault, Proxy, proxy

pytestmark = pytest.mark.services(*SERVICES)

SOURCE = Source("shop.public.orders", 0)
SCHEMA = pa.schema([("id", pa.int64())])
SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>"
FULL = (
    "<Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its minimum free drive</Message></Error>"
)


def rows(*ids: int) -> pa.Table:
    """One column."""
    return pa.table({"id": list(ids)}, schema=SCHEMA)


def mark(since: int, end: int) -> Mark:
    """The mark of a commit that goes from one position to another."""
    return Mark(SOURCE, since, end, "topic-id")


def held(catalog: Catalog, namespace: str) -> list[int]:
    """What another reader sees."""
    return sorted(catalog.load_table((namespace, "orders")).scan().to_arrow()["id"].to_pylist())


@pytest.fixture
def catalogue(settings: Settings) -> Iterator[Proxy]:
    """A way to the catalogue that can fail."""
    with proxy(settings.iceberg_rest_port) as server:
        yield server


@pytest.fixture
def store(settings: Settings) -> Iterator[Proxy]:
    """A way to the object store that can fail."""
    with proxy(settings.minio_port) as server:
        yield server


def through(settings: Settings, namespace: str, patience: float = 20, **ports: int) -> Iceberg:
    """A sink that goes by other ports."""
    # model_construct: the ports are final, no offset is added again.
    there = Settings.model_construct(**(dict(settings) | ports))
    return Iceberg(storage.iceberg(there), namespace, patience=patience)


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_a_line_cut_at_a_commit_leaves_the_batch_there_once(
    settings: Settings, iceberg_catalog: Catalog, namespace: str, catalogue: Proxy, *, after: bool
) -> None:
    table = through(settings, namespace, iceberg_rest_port=catalogue.port).table("orders", SCHEMA)
    catalogue.fault = fault = Fault(("POST",), "/tables/orders", after=after, times=2)

    table.append(rows(1, 2), mark(0, 2))

    assert fault.hits == 2 - after  # a commit that went through is not tried again
    assert held(iceberg_catalog, namespace) == [1, 2]


@pytest.mark.parametrize("refusal", [(503, SLOW_DOWN), (507, FULL)], ids=["busy", "full"])
def test_a_store_that_refuses_writes_leaves_the_table_as_it_was(
    settings: Settings, iceberg_catalog: Catalog, namespace: str, store: Proxy, refusal: tuple[int, str]
) -> None:
    table = through(settings, namespace, patience=1, minio_port=store.port).table("orders", SCHEMA)
    table.append(rows(1), mark(0, 1))
    store.fault = fault = Fault(("PUT", "POST"), status=refusal[0], body=refusal[1])

    with pytest.raises(SinkAway, match=rf"iceberg {namespace}\.orders could not be reached or written for 1 s: .*"):
        table.append(rows(2), mark(1, 2))
    assert fault.hits > 0
    assert held(iceberg_catalog, namespace) == [1]

    store.fault = Fault(())
    table.append(rows(2), mark(1, 2))
    assert held(iceberg_catalog, namespace) == [1, 2]


def test_a_store_that_is_busy_for_a_moment_only_delays(
    settings: Settings, iceberg_catalog: Catalog, namespace: str, store: Proxy
) -> None:
    table = through(settings, namespace, minio_port=store.port).table("orders", SCHEMA)
    store.fault = fault = Fault(("PUT", "POST"), status=503, body=SLOW_DOWN, times=5)

    table.append(rows(1), mark(0, 1))

    assert fault.hits == 5
    assert held(iceberg_catalog, namespace) == [1]


def test_a_table_that_is_dropped_under_the_pipeline_is_named(
    settings: Settings, iceberg_catalog: Catalog, namespace: str
) -> None:
    table = through(settings, namespace).table("orders", SCHEMA)
    table.append(rows(1), mark(0, 1))
    iceberg_catalog.purge_table((namespace, "orders"))

    with pytest.raises(TableGone, match=rf"iceberg {namespace}\.orders was dropped under the pipeline"):
        table.append(rows(2), mark(1, 2))
    assert iceberg_catalog.list_tables(namespace) == []


def test_a_catalogue_killed_between_two_batches_is_waited_for(
    settings: Settings, iceberg_catalog: Catalog, namespace: str, stack: Stack
) -> None:
    table = through(settings, namespace, patience=60).table("orders", SCHEMA)
    table.append(rows(1), mark(0, 1))

    with stack.stopped("iceberg-rest", kill=True):
        table.patience = 1
        with pytest.raises(SinkAway, match="invoke status"):
            table.append(rows(2), mark(1, 2))
    table.append(rows(2), mark(1, 2))

    assert held(iceberg_catalog, namespace) == [1, 2]
