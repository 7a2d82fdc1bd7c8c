"""Iceberg table operations on the stand's catalogue and store, each timed by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pytest_benchmark.fixture import BenchmarkFixture

from lakestand.lake.iceberg import snapshots, tables, writing
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.table import Batch, Mark, Partition
from tests import ROOT
from tests.fixtures.iceberg_catalog import SERVICES
from tests.performance.conftest import ROUNDS, Clock

pytestmark = pytest.mark.services(*SERVICES)

WRITE_SECONDS, READ_SECONDS = 5.0, 2.0  # SC-005
COMMITS_A_SECOND = 5.0
SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("amount", pa.float64())])
THOUSAND = pa.table({"id": range(1000), "name": [f"row {i}" for i in range(1000)], "amount": [0.5] * 1000}, SCHEMA)

SESSIONS = 5
# Imports and the first request to the catalogue, the first write and the first read, in seconds.
COLD = """
import json, sys, time
marks = [time.perf_counter()]
import pyarrow as pa
from lakestand.settings import Settings
from lakestand.lake import store
table = store.iceberg(Settings.load()).load_table(sys.argv[1])
marks.append(time.perf_counter())
table.append(pa.table({"id": range(1000), "name": ["row"] * 1000, "amount": [0.5] * 1000}, table.schema().as_arrow()))
marks.append(time.perf_counter())
assert table.scan(limit=1000).to_arrow().num_rows == 1000
marks.append(time.perf_counter())
print(json.dumps([b - a for a, b in zip(marks, marks[1:])]))
"""


@pytest.fixture
def table(iceberg_catalog: Catalog, namespace: str) -> Table:
    """Create an empty table."""
    return tables.create(iceberg_catalog, f"{namespace}.timed", SCHEMA)


def test_create_a_table(clock: Clock, iceberg_catalog: Catalog, namespace: str) -> None:
    names = (f"{namespace}.t{i}" for i in range(ROUNDS))

    clock.run(lambda: tables.create(iceberg_catalog, next(names), SCHEMA), warm=0)

    assert len(iceberg_catalog.list_tables(namespace)) == ROUNDS


def test_a_cold_process_with_its_first_write_and_read(clock: Clock, benchmark: BenchmarkFixture, table: Table) -> None:
    taken: list[list[float]] = []

    def start() -> None:
        argv = [sys.executable, "-c", COLD, ".".join(table.name())]
        done = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
        taken.append(json.loads(done.stdout))

    clock.run(start, rounds=SESSIONS, warm=0)

    opened, write, read = (sorted(times)[SESSIONS // 2] for times in zip(*taken, strict=True))
    benchmark.extra_info.update(open_s=opened, first_write_s=write, first_read_s=read)
    print(f"\nmedians of {SESSIONS}: open {opened:.2f} s, first write {write:.2f} s, first read {read:.2f} s")
    assert table.refresh().scan().count() == 1000 * SESSIONS
    assert write < WRITE_SECONDS
    assert read < READ_SECONDS


def test_append_of_1000_rows(clock: Clock, table: Table) -> None:
    clock.run(lambda: writing.append(table, THOUSAND))

    assert table.refresh().scan().count() == 1000 * (ROUNDS + 1)
    assert clock.median < WRITE_SECONDS
    assert 1 / clock.median > COMMITS_A_SECOND


def test_full_read_of_1000_rows(clock: Clock, table: Table) -> None:
    writing.append(table, THOUSAND)

    rows = clock.run(lambda: table.refresh().scan().to_arrow())

    assert rows.num_rows == 1000
    assert clock.median < READ_SECONDS


def test_upsert_of_1000_rows_with_their_position(clock: Clock, iceberg_catalog: Catalog, namespace: str) -> None:
    partition = Partition("timed.public.rows", 0)
    mirror = Iceberg(iceberg_catalog, namespace).table("mirror", SCHEMA)
    batch = Batch(truncate=False, keys=THOUSAND.select(["id"]), upserts=THOUSAND, unknown={})
    merges = (Mark(partition, i, i + 1, "topic-id") for i in range(ROUNDS + 1))

    clock.run(lambda: mirror.merge(batch, next(merges)))

    assert (mirror.read().num_rows, mirror.position(partition)) == (1000, ROUNDS + 1)
    assert clock.median < WRITE_SECONDS


@pytest.mark.parametrize("operation", [snapshots.current, snapshots.history], ids=["current", "history"])
def test_snapshots_of_a_table_with_20_commits(clock: Clock, table: Table, operation: Callable[[Table], object]) -> None:
    for _ in range(20):
        writing.append(table, THOUSAND.slice(0, 1))

    clock.run(lambda: operation(table.refresh()), warm=0)

    assert len(snapshots.history(table)) == 20
