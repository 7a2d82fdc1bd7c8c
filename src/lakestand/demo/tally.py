"""What the pipeline committed so far: events by target, and the times of their way."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from lakestand.pipeline.reports import Commit

Lane = tuple[str, str]  # source table, sink


@dataclass
class Tally:
    """Filled by the pipeline's threads, read by the progress bar and the report."""

    on_events: Callable[[int], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: defaultdict[Lane, float] = field(default_factory=lambda: defaultdict(float))
    lags: dict[Lane, list[pa.Array]] = field(default_factory=dict)
    kafka: list[pa.Array] = field(default_factory=list)

    def add(self, commit: Commit) -> None:
        """One commit. Snapshot rows have no lag: they are as old as they are."""
        lane = (commit.table.removesuffix("_changelog"), commit.sink)
        live = pa.compute.not_equal(commit.rows["op"], "r").combine_chunks()
        with self._lock:
            self.events[commit.table, commit.sink] += commit.events
            self.seconds[commit.table, commit.sink] += commit.seconds
            if commit.kind == "mirror":
                self.lags.setdefault(lane, []).append(commit.lag_ms().filter(live))
                self.kafka.append(commit.kafka_lag_ms().filter(live))
        self.on_events(commit.events)

    def total(self) -> int:
        """Events committed to all targets."""
        with self._lock:
            return self.events.total()


def percentiles(arrays: list[pa.Array]) -> tuple[float, float] | None:
    """p50 and p99 in the arrays' unit; None without a value."""
    values = np.concatenate([a.to_numpy(zero_copy_only=False) for a in arrays]) if arrays else np.array([])
    return (float(np.percentile(values, 50)), float(np.percentile(values, 99))) if len(values) else None
