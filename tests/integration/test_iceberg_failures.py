"""Iceberg's operations without a pipeline when requests to the catalogue fail: done once, or an error that says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.types import StringType

from lakestand.clients import retry
from lakestand.errors import TableError
from lakestand.lake.iceberg import refs, snapshots, tables, writing
from lakestand.lake.iceberg.catalog import catalog_config, connect
from lakestand.lake.iceberg.compaction import compact
from lakestand.lake.iceberg.evolution import Evolution, evolve
from lakestand.lake.iceberg.following import follow
from lakestand.settings import Settings
from tests.fixtures.iceberg_catalog import SERVICES
from tests.fixtures.proxy import Fault, Proxy, proxy

pytestmark = pytest.mark.services(*SERVICES)

SCHEMA = pa.schema([("id", pa.int64())])
CHANGES = pa.schema(
    [*SCHEMA, ("_change_type", pa.string()), ("_change_ordinal", pa.int32()), ("_commit_snapshot_id", pa.int64())]
)
LOST = pytest.mark.parametrize(
    "fault",
    [
        Fault(("POST",), "/tables/orders", times=2),
        Fault(("POST",), "/tables/orders", times=1, after=True),
        Fault(("POST",), "/tables/orders", times=1, silent=True),
        Fault(("POST",), "/tables/orders", times=1, after=True, silent=True),
        Fault(("POST",), "/tables/orders", times=2, status=503, body="{}"),
        Fault(("POST",), "/tables/orders", times=1, after=True, status=500, body="{}"),
    ],
    ids=[
        *("cut before the commit", "cut after the commit", "silent before the commit", "silent after the commit"),
        *("busy", "an error after the commit"),
    ],
)


def rows(*ids: int) -> pa.Table:
    """Return a table with the column id."""
    return pa.table({"id": list(ids)}, schema=SCHEMA)


def ids(table: Table) -> list[int]:
    """Return the ids that a reader sees now, in order."""
    return sorted(table.refresh().scan().to_arrow()["id"].to_pylist())


@pytest.fixture
def line(settings: Settings) -> Iterator[Proxy]:
    """Run a proxy to the catalogue, which can make requests fail."""
    with proxy(settings.port("iceberg_rest")) as server:
        yield server


@pytest.fixture
def direct(iceberg_catalog: Catalog, namespace: str) -> Table:
    """Create a table with one row, without the proxy."""
    table = tables.create(iceberg_catalog, f"{namespace}.orders", SCHEMA)
    writing.append(table, rows(1))
    return table


@pytest.fixture
def orders(settings: Settings, line: Proxy, direct: Table) -> Table:
    """Load that table through the proxy, with a limit of two seconds for each answer."""
    near = replace(catalog_config(settings), uri=f"http://127.0.0.1:{line.port}", timeout_ms=2000)
    table: Table = connect(near).load_table(direct.name())
    return table


@LOST
def test_an_append_whose_commit_meets_a_fault_is_there_once(
    orders: Table, direct: Table, line: Proxy, fault: Fault
) -> None:
    line.fault = fault = replace(fault)

    writing.append(orders, rows(2))

    assert fault.hits == fault.times
    assert ids(direct) == [1, 2]


@LOST
def test_a_follower_whose_commit_meets_a_fault_has_taken_each_change_once(
    iceberg_catalog: Catalog, orders: Table, line: Proxy, namespace: str, fault: Fault
) -> None:
    target = tables.create(orders.catalog, f"{namespace}.orders_changes", CHANGES)
    follow(orders, target)
    writing.append(orders, rows(2, 3))
    line.fault = fault = replace(fault)

    follow(orders, target)

    assert fault.hits == fault.times
    assert ids(iceberg_catalog.load_table(f"{namespace}.orders_changes")) == [1, 2, 3]
    assert follow(orders, target) == 0


@LOST
def test_a_compaction_and_an_expiry_that_meet_a_fault_are_done_and_lose_no_row(
    orders: Table, direct: Table, line: Proxy, fault: Fault
) -> None:
    writing.append(orders, rows(2))
    line.fault = replace(fault)
    compact(orders)
    line.fault = replace(fault)
    expired = snapshots.expire(orders, timedelta(0))

    assert (len(expired), len(direct.refresh().snapshots())) == (2, 1)
    assert len(list(direct.scan().plan_files())) == 1
    assert ids(direct) == [1, 2]


@LOST
def test_a_schema_change_that_meets_a_fault_is_made_once(
    orders: Table, direct: Table, line: Proxy, fault: Fault
) -> None:
    line.fault = fault = replace(fault)

    evolve(orders, Evolution(add={"note": StringType()}))

    assert fault.hits == fault.times
    assert direct.refresh().schema().column_names == ["id", "note"]
    assert len(direct.schemas()) == 2


@LOST
def test_a_tag_and_a_rollback_that_meet_a_fault_are_made_once(
    orders: Table, direct: Table, line: Proxy, fault: Fault
) -> None:
    writing.append(orders, rows(2))
    first, second = snapshots.history(orders)
    line.fault = tagging = replace(fault)
    refs.tag(orders, "second", second)
    line.fault = rolling = replace(fault)
    refs.rollback(orders, first)

    assert tagging.hits == rolling.hits == fault.times
    assert snapshots.by_name(direct.refresh(), "second") == second
    assert ids(direct) == [1]


def test_a_catalogue_that_stays_away_is_reported_in_one_message_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, orders: Table, direct: Table, line: Proxy
) -> None:
    monkeypatch.setattr(retry, "COMMIT_SECONDS", 1.0)
    line.fault = Fault(("GET", "POST"))

    with pytest.raises(
        TableError, match=r"orders: no commit was confirmed within 1 s, the last one: .*; invoke status"
    ):
        writing.append(orders, rows(2))
    assert ids(direct) == [1]
