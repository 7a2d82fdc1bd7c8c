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
    """Times one operation; what it took is in the report and in the saved runs."""

    benchmark: BenchmarkFixture

    def run(self, work: Callable[[], T], *, rounds: int = ROUNDS, warm: int = 1) -> T:
        """Call *work* so many times, after *warm* calls that do not count; the last call's result."""
        result: T = self.benchmark.pedantic(work, rounds=rounds, warmup_rounds=warm)  # type: ignore[no-untyped-call]
        return result

    @property
    def median(self) -> float:
        """Seconds."""
        assert self.benchmark.stats is not None
        return float(self.benchmark.stats.stats.median)


@pytest.fixture
def clock(benchmark: BenchmarkFixture) -> Clock:
    """Times the test's operation."""
    return Clock(benchmark)
