"""What failures leave of a merge into an Iceberg mirror: each batch is there once, and the next ones are right."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from pyiceberg.catalog import Catalog

from lakestand import probe
from lakestand.errors import SinkAway
from lakestand.lake.iceberg import maintenance
from lakestand.lake.iceberg.compaction import compact
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.table import Table
from lakestand.settings import Settings
from tests.fixtures.iceberg_catalog import SERVICES
from tests.fixtures.proxy import Fault, Proxy, proxy
from tests.fixtures.road import sink_of
from tests.unit.lake.life import KEYS, Life
from tests.unit.lake.orders import OTHER, PARTITION, SCHEMA, Row, batch, mark, read_rows

pytestmark = pytest.mark.services(*SERVICES)

COMMITS = 12
FORMS = pytest.mark.parametrize("kind", ["iceberg copy", "iceberg position"])
LOST = {
    "cut before the commit": Fault(("POST",), "/tables/orders", times=2),
    "cut after the commit": Fault(("POST",), "/tables/orders", times=1, after=True),
    "busy": Fault(("POST",), "/tables/orders", times=2, status=503, body="{}"),
    "an error after the commit": Fault(("POST",), "/tables/orders", times=1, after=True, status=500, body="{}"),
}


@pytest.fixture
def catalogue(settings: Settings) -> Iterator[Proxy]:
    """Run a proxy to the catalogue, which can make requests fail."""
    with proxy(settings.port("iceberg_rest")) as server:
        yield server


@pytest.fixture
def store(settings: Settings) -> Iterator[Proxy]:
    """Run a proxy to the object store, which can make requests fail."""
    with proxy(settings.port("minio")) as server:
        yield server


def life_of(settings: Settings, kind: str, namespace: str) -> Life:
    """Return a mirror of some hundred rows in several files."""
    sink = sink_of(settings, kind, namespace)
    assert isinstance(sink, Iceberg)
    life = Life(sink)
    for _ in range(3):
        life.commit(120)
    return life


@FORMS
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_a_merge_whose_commit_meets_a_fault_is_there_once(
    settings: Settings, namespace: str, catalogue: Proxy, kind: str, fault: Fault
) -> None:
    life = life_of(settings.with_ports(iceberg_rest=catalogue.port), kind, namespace)
    for _ in range(2):
        catalogue.fault = present = replace(fault)
        life.commit(60)
        assert present.hits == fault.times
        life.check()
    life.commit(60)
    life.check()


@FORMS
def test_a_store_that_fails_in_the_midst_of_a_merge_only_delays_it(
    settings: Settings, namespace: str, store: Proxy, kind: str
) -> None:
    life = life_of(settings.with_ports(minio=store.port), kind, namespace)
    for number in range(1, 6):
        store.fault = Fault(("PUT", "POST"), status=503, body="<Error><Code>SlowDown</Code></Error>", times=2 * number)
        life.commit(60)
    store.fault = Fault(())
    life.check()


def test_a_merge_asks_the_store_for_nothing_and_writes_each_file_by_one_request(
    settings: Settings, namespace: str, store: Proxy
) -> None:
    life = life_of(settings.with_ports(minio=store.port), "iceberg position", namespace)
    life.commit(30)
    before = store.forwarded
    life.commit(30)

    snapshot = life.mirror.table.current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    marked = int(snapshot.summary["added-delete-files"] or 0)
    # Data file, its length, delete files, two manifests and their list.
    assert marked > 0
    assert store.forwarded - before == 1 + 1 + marked + 2 + 1


def merge_and_wait(settings: Settings, kind: str, namespace: str) -> None:
    """Merge a batch in a process of its own."""
    merge(sink_of(settings, kind, namespace).table("orders", SCHEMA))


def merge(table: Table) -> None:
    """Replace row 1, and delete row 2."""
    table.merge(batch([(1, "new")], [(2,)]), mark(1, 2))


@FORMS
@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_a_writer_killed_around_its_commit_leaves_all_of_it_or_nothing(
    settings: Settings, namespace: str, catalogue: Proxy, kind: str, *, after: bool
) -> None:
    table = sink_of(settings, kind, namespace).table("orders", SCHEMA)
    table.merge(batch([(n, "old") for n in range(1, 4)]), mark(0, 1))
    catalogue.fault = fault = Fault(("POST",), "/tables/orders", times=1, silent=True, after=after)
    near = settings.with_ports(iceberg_rest=catalogue.port)
    writer = multiprocessing.get_context("spawn").Process(target=merge_and_wait, args=(near, kind, namespace))
    writer.start()

    probe.until(lambda: fault.hits, 60, "a commit")
    if after:
        probe.until(lambda: (1, "new") in seen(settings, kind, namespace), 60, "the commit's rows")
    writer.kill()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL

    again = sink_of(settings, kind, namespace).table("orders", SCHEMA)
    assert read_rows(again) == ([(1, "new"), (3, "old")] if after else [(n, "old") for n in range(1, 4)])
    merge(again)
    assert read_rows(again) == [(1, "new"), (3, "old")]


def seen(settings: Settings, kind: str, namespace: str) -> list[Row]:
    """Return the rows that a reader sees now."""
    return read_rows(sink_of(settings, kind, namespace).table("orders", SCHEMA))


def live_of(settings: Settings, kind: str, namespace: str, half: int) -> dict[int, str]:
    """Write the changes of every second key, and return the rows that they make."""
    sink = sink_of(settings, kind, namespace)
    assert isinstance(sink, Iceberg)
    life = Life(sink, seed=half, keys=range(half, KEYS, 2), partition=(PARTITION, OTHER)[half])
    for _ in range(COMMITS):
        life.commit(30)
    return life.wanted


@FORMS
def test_two_writers_a_compactor_and_an_expiry_beside_each_other_lose_no_change(
    settings: Settings, iceberg_catalog: Catalog, namespace: str, kind: str
) -> None:
    sink_of(settings, kind, namespace).table("orders", SCHEMA)
    compactions = 0
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        halves = [pool.submit(live_of, settings, kind, namespace, half) for half in (0, 1)]
        while not all(half.done() for half in halves):
            table = iceberg_catalog.load_table(f"{namespace}.orders")
            if table.current_snapshot() is not None:
                compact(table)
                maintenance.expire(table, timedelta(0), keep=10)
                compactions += 1

    assert compactions > 0
    wanted = halves[0].result() | halves[1].result()
    assert dict(seen(settings, kind, namespace)) == wanted
    rows = iceberg_catalog.load_table(f"{namespace}.orders").scan().to_arrow().to_pylist()
    assert sorted((row["id"], row["note"]) for row in rows) == sorted(wanted.items())


@pytest.mark.parametrize("what", ["a data file", "a delete file"])
def test_a_file_that_is_gone_is_named_and_no_row_is_written(settings: Settings, namespace: str, what: str) -> None:
    life = life_of(settings, "iceberg position", namespace)
    task = next(task for task in life.elsewhere().scan().plan_files() if task.delete_files)
    lost = task.file if what == "a data file" else next(iter(task.delete_files))
    life.elsewhere().io.delete(lost.file_path)
    head = life.head()
    anew = replace(life.sink, retry_seconds=1).table("orders", SCHEMA)

    with pytest.raises(SinkAway, match=lost.file_path.rpartition("/")[2]):
        anew.merge(batch([(1, "new")]), mark(life.position, life.position + 1))
    assert life.head() == head
