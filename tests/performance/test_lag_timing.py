"""How long a commit takes to Kafka, with nothing else at work."""

from __future__ import annotations

import pytest

from tests.fixtures.commit_lag import commit_lag
from tests.fixtures.debezium_connector import SERVICES, Register
from tests.performance.conftest import Clock

pytestmark = pytest.mark.services(*SERVICES)

COMMITS, P99_MS = 200, 5_000  # of the specification; our own limit is judged by the report, which has `nox -s lag`


def test_commits_to_kafka(clock: Clock, debezium_connector: Register) -> None:
    capture = debezium_connector("postgres", "id INT PRIMARY KEY, n INT")
    capture.start()

    lags = clock.run(lambda: commit_lag(capture, COMMITS), rounds=1, warm=0)

    clock.benchmark.extra_info["lag_ms"] = {what: lag._asdict() for what, lag in lags.items()}
    assert lags["readable in Kafka"].p99 < P99_MS, {what: str(lag) for what, lag in lags.items()}
