"""pytest-benchmark with types, and with the same number of rounds for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

T = TypeVar("T")

ROUNDS = 20


@dataclass
class Clock:
    """Times an operation; the durations are in the report and in the saved runs."""

    benchmark: BenchmarkFixture

    def run(self, work: Callable[[], T], *, rounds: int = ROUNDS, warm: int = 1) -> T:
        """Call *work* *rounds* times after *warm* calls that do not count, and return the last call's result."""
        result: T = self.benchmark.pedantic(work, rounds=rounds, warmup_rounds=warm)  # type: ignore[no-untyped-call]
        return result

    @property
    def median(self) -> float:
        """The median duration in seconds."""
        assert self.benchmark.stats is not None
        return float(self.benchmark.stats.stats.median)


@pytest.fixture
def clock(benchmark: BenchmarkFixture) -> Clock:
    """Return a clock for the test's operation."""
    return Clock(benchmark)
