"""Delta table operations by delta-rs, which the local engine writes with."""

from __future__ import annotations

from itertools import count

import pyarrow as pa
import pytest

from lakestand.lake import sinks
from lakestand.lake.table import Batch, Mark, Partition
from lakestand.settings import Settings
from tests.fixtures.delta_spark import SERVICES
from tests.performance.conftest import ROUNDS, Clock

pytestmark = pytest.mark.services(*SERVICES)

WRITE_SECONDS, READ_SECONDS = 5.0, 2.0  # SC-005
PARTITION = Partition("timed.public.rows", 0)
SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("amount", pa.float64())])
THOUSAND = pa.table({"id": range(1000), "name": [f"row {i}" for i in range(1000)], "amount": [0.5] * 1000}, SCHEMA)


@pytest.fixture
def namespace(delta_path: str) -> str:
    """Yield a namespace that is deleted with all its tables."""
    return delta_path.rpartition("/")[2]


def test_create_a_delta_table(clock: Clock, settings: Settings, namespace: str) -> None:
    sink, numbers = sinks.delta(settings, namespace), count()

    clock.run(lambda: sink.table(f"t{next(numbers)}", SCHEMA), warm=0)

    assert [sink.existing(f"t{n}") is not None for n in range(ROUNDS + 1)] == [True] * ROUNDS + [False]


def test_append_of_1000_rows_by_delta_rs(clock: Clock, settings: Settings, namespace: str) -> None:
    table, numbers = sinks.delta(settings, namespace).table("appended", SCHEMA), count()

    def append() -> None:
        n = next(numbers)
        table.append(THOUSAND, Mark(PARTITION, n, n + 1, "topic-id"))

    clock.run(append)

    assert table.read().num_rows == 1000 * (ROUNDS + 1)
    assert clock.median < WRITE_SECONDS


def test_full_read_of_1000_rows_by_delta_rs(clock: Clock, settings: Settings, namespace: str) -> None:
    table = sinks.delta(settings, namespace).table("read", SCHEMA)
    table.append(THOUSAND, Mark(PARTITION, 0, 1, "topic-id"))

    assert clock.run(table.read).num_rows == 1000
    assert clock.median < READ_SECONDS


def test_merge_of_1000_rows_by_delta_rs(clock: Clock, settings: Settings, namespace: str) -> None:
    table, numbers = sinks.delta(settings, namespace).table("merged", SCHEMA), count()
    batch = Batch(truncate=False, keys=THOUSAND.select(["id"]), upserts=THOUSAND, unknown={})

    def merge() -> None:
        n = next(numbers)
        table.merge(batch, Mark(PARTITION, n, n + 1, "topic-id"))

    clock.run(merge)

    assert (table.read().num_rows, table.position(PARTITION)) == (1000, ROUNDS + 1)
    assert clock.median < WRITE_SECONDS
