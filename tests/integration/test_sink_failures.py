"""What the sinks do when the catalogue or the store fails, each time for real."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog

from lakestand.errors import SinkAway, TableGone
from lakestand.lake import store
from lakestand.lake.delta.table import DeltaLakeTable
from lakestand.lake.iceberg.table import IcebergTable
from lakestand.lake.table import Mark, Partition, Sink, Table
from lakestand.settings import Settings
from lakestand.stand.stack import Stack
from tests.fixtures.iceberg_catalog import SERVICES
from tests.fixtures.proxy import Fault, Proxy, proxy
from tests.fixtures.road import sink_of

pytestmark = pytest.mark.services(*SERVICES)

PARTITION = Partition("shop.public.orders", 0)
SCHEMA = pa.schema([("id", pa.int64())])
SINKS = pytest.mark.parametrize("kind", ["iceberg", "delta"])
SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>"
FULL = (
    "<Error><Code>XMinioStorageFull</Code><Message>Storage backend has reached its minimum free drive</Message></Error>"
)


def rows(*ids: int) -> pa.Table:
    """Return a table with the column id."""
    return pa.table({"id": list(ids)}, schema=SCHEMA)


def mark(since: int, end: int) -> Mark:
    """Return the mark of a commit from one position to another."""
    return Mark(PARTITION, since, end, "topic-id")


def read_ids(settings: Settings, kind: str, namespace: str) -> list[int]:
    """Return the ids that another reader sees, in order."""
    table = sink_of(settings, kind, namespace).existing("orders")
    assert table is not None
    return sorted(table.read()["id"].to_pylist())


@pytest.fixture
def catalogue(settings: Settings) -> Iterator[Proxy]:
    """Run a proxy to the catalogue, which can make requests fail."""
    with proxy(settings.port("iceberg_rest")) as server:
        yield server


@pytest.fixture
def proxied(settings: Settings) -> Iterator[Proxy]:
    """Run a proxy to the object store, which can make requests fail."""
    with proxy(settings.port("minio")) as server:
        yield server


def through(settings: Settings, kind: str, namespace: str, **ports: int) -> Sink:
    """Open a sink whose requests go to other ports."""
    return sink_of(settings.with_ports(**ports), kind, namespace)


def limit_retries(table: Table, seconds: float) -> None:
    """Let a table give up retrying after *seconds*."""
    assert isinstance(table, IcebergTable | DeltaLakeTable)
    table.retry_seconds = seconds


@pytest.fixture
def place(settings: Settings, namespace: str) -> Iterator[str]:
    """Yield an unused namespace of both sinks; its tables are deleted afterwards."""
    yield namespace
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{namespace}", missing_dir_ok=True)


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_a_line_cut_at_a_commit_leaves_the_batch_there_once(
    settings: Settings, namespace: str, catalogue: Proxy, *, after: bool
) -> None:
    table = through(settings, "iceberg", namespace, iceberg_rest=catalogue.port).table("orders", SCHEMA)
    catalogue.fault = fault = Fault(("POST",), "/tables/orders", after=after, times=2)

    table.append(rows(1, 2), mark(0, 2))

    assert fault.hits == 2 - after  # a commit that went through is not tried again
    assert read_ids(settings, "iceberg", namespace) == [1, 2]


@SINKS
@pytest.mark.parametrize("refusal", [(503, SLOW_DOWN), (507, FULL)], ids=["busy", "full"])
def test_a_store_that_refuses_writes_leaves_the_table_as_it_was(
    settings: Settings, place: str, proxied: Proxy, kind: str, refusal: tuple[int, str]
) -> None:
    table = through(settings, kind, place, minio=proxied.port).table("orders", SCHEMA)
    table.append(rows(1), mark(0, 1))
    limit_retries(table, 1)
    proxied.fault = fault = Fault(("PUT", "POST"), status=refusal[0], body=refusal[1])

    with pytest.raises(SinkAway, match=rf"{place}.orders could not be reached or written for 1 s: .*invoke status"):
        table.append(rows(2), mark(1, 2))
    assert fault.hits > 0
    assert read_ids(settings, kind, place) == [1]

    proxied.fault = Fault(())
    table.append(rows(2), mark(1, 2))
    assert read_ids(settings, kind, place) == [1, 2]


@SINKS
def test_a_store_that_is_busy_for_a_moment_only_delays(
    settings: Settings, place: str, proxied: Proxy, kind: str
) -> None:
    table = through(settings, kind, place, minio=proxied.port).table("orders", SCHEMA)
    proxied.fault = fault = Fault(("PUT", "POST"), status=503, body=SLOW_DOWN, times=5)

    table.append(rows(1), mark(0, 1))

    assert fault.hits == 5
    assert read_ids(settings, kind, place) == [1]


@SINKS
def test_a_table_that_is_dropped_under_the_pipeline_is_named(
    settings: Settings, iceberg_catalog: Catalog, place: str, kind: str
) -> None:
    table = through(settings, kind, place).table("orders", SCHEMA)
    table.append(rows(1), mark(0, 1))
    if kind == "iceberg":
        iceberg_catalog.purge_table((place, "orders"))
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{place}", missing_dir_ok=True)

    with pytest.raises(TableGone, match=rf"{place}.orders was dropped under the pipeline"):
        table.append(rows(2), mark(1, 2))
    assert through(settings, kind, place).existing("orders") is None


def test_a_catalogue_that_was_killed_is_waited_for(settings: Settings, namespace: str, stack: Stack) -> None:
    table = through(settings, "iceberg", namespace).table("orders", SCHEMA)
    table.append(rows(1), mark(0, 1))
    limit_retries(table, 1)

    with stack.stopped("iceberg-rest", kill=True), pytest.raises(SinkAway, match="invoke status"):
        table.append(rows(2), mark(1, 2))
    table.append(rows(2), mark(1, 2))

    assert read_ids(settings, "iceberg", namespace) == [1, 2]
