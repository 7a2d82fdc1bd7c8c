"""What a pipeline has committed so far: how many events to which table, and how late they were."""

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
    """Counts the commits of a pipeline's threads, and passes the number of events of each on to *on_events*.

    Attributes:
        events: by table and sink.
        seconds: that commits took, by table and sink.
        lags: milliseconds from the source's commit until the row was in the mirror, by source table and sink.
        kafka: milliseconds from the source's commit until the event was in Kafka.
    """

    on_events: Callable[[int], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: defaultdict[Lane, float] = field(default_factory=lambda: defaultdict(float))
    lags: dict[Lane, list[pa.Array]] = field(default_factory=dict)
    kafka: list[pa.Array] = field(default_factory=list)

    def add(self, commit: Commit) -> None:
        """Count a commit; rows of a snapshot have no lag, for nobody knows when they were committed."""
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
        """Return how many events were committed, to all tables together."""
        with self._lock:
            return self.events.total()


def percentiles(arrays: list[pa.Array]) -> tuple[float, float] | None:
    """Return p50 and p99 of all values, in the arrays' unit; None when there is no value."""
    values = np.concatenate([a.to_numpy(zero_copy_only=False) for a in arrays]) if arrays else np.array([])
    return (float(np.percentile(values, 50)), float(np.percentile(values, 99))) if len(values) else None
