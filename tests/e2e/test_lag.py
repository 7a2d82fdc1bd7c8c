"""How long a change takes; printed, and gated on the specification's five seconds only: machines differ."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from lakestand import probe
from lakestand.demo.pipeline_thread import PipelineThread
from lakestand.demo.tally import Tally, percentiles
from lakestand.stand.services import postgres
from tests.e2e.conftest import MakeRoad
from tests.fixtures.road import SERVICES

COMMITS, PER_SECOND = 200, 20
LIMIT_MS = 5000


@pytest.mark.services(*SERVICES)
def test_single_row_commits_are_visible_in_iceberg_within_five_seconds(
    make_road: MakeRoad, record_property: Callable[[str, object], None]
) -> None:
    road, tally = make_road("postgres", "iceberg", "id INT PRIMARY KEY"), Tally(lambda _n: None)
    road.register()
    with (
        PipelineThread(road.pipeline(on_commit=tally.add), tally) as wait,
        postgres.connect(road.settings) as connection,
    ):
        for number in range(COMMITS):
            due = time.monotonic() + 1 / PER_SECOND
            connection.execute(f"INSERT INTO {road.table} VALUES ({number})".encode())
            probe.pause_until(due)
        wait(2 * COMMITS)

    kafka, visible = percentiles(tally.kafka), percentiles(tally.lags[road.name, "iceberg"])
    assert kafka is not None
    assert visible is not None
    print(f"p50, p99 in ms of {COMMITS} commits: Kafka {kafka}, Iceberg {visible}")
    record_property("lag_ms", {"kafka": kafka, "iceberg": visible})
    assert kafka[1] < LIMIT_MS
    assert visible[1] < LIMIT_MS
