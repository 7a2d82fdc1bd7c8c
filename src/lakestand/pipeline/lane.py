"""A target and its thread: it writes whatever has come since its last commit, so that no table waits for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby

import pyarrow as pa

from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.halts import CONCERNS_ALL
from lakestand.pipeline.reports import Commit, TableLag
from lakestand.pipeline.target import Target

# How many events may wait; then reading pauses. An event takes about 200 bytes in Arrow.
MAX_WAITING = 150_000


@dataclass
class Lane:
    """Writes one target's events in a thread of its own; *put* hands them over, *work* is what the thread runs.

    Events wait in *_waiting* until the thread takes all of them at once and writes them in as few commits as it can.
    When the table cannot be written, the lane calls *on_halt* once and becomes *is_halted*: it drops whatever comes
    later, and the table's position stays before the first event that it could not write.
    """

    target: Target
    on_commit: Callable[[Commit], None]
    on_halt: Callable[[Target, Exception, Events | None], None]
    is_halted: bool = False
    _waiting: list[Events] = field(default_factory=list)
    _working: list[Events] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False
    _failed: Exception | None = None

    def put(self, events: Sequence[Events]) -> None:
        """Hand over events to be written; blocks while too many wait already."""
        if not events:
            return
        with self._changed:
            self._changed.wait_for(lambda: self._failed or self._count() < MAX_WAITING)
            if self.is_halted:
                return
            self._waiting += events
            self._changed.notify_all()

    def check(self) -> None:
        """Raise the exception that the thread failed with, if it did."""
        if self._failed:
            raise self._failed

    def close(self) -> None:
        """Let the thread end once nothing waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def lag(self, now_ms: float) -> TableLag:
        """How far the table is behind what was handed over, at *now_ms* milliseconds since the epoch."""
        oldest = self.oldest_uncommitted_ms()
        seconds = 0.0 if oldest is None else max(0.0, now_ms - oldest) / 1000
        return TableLag(
            topic=self.target.topic,
            sink=self.target.sink.name,
            table=self.target.name,
            seconds=seconds,
            is_halted=self.is_halted,
        )

    def oldest_uncommitted_ms(self) -> float | None:
        """When the oldest event that is not committed yet came to Kafka, in milliseconds since the epoch.

        None when every event that was handed over is committed.
        """
        with self._changed:
            uncommitted = (*self._working, *self._waiting)
            return min((events.rows["kafka_ms"][0].as_py() for events in uncommitted), default=None)

    def halt(self, err: Exception, events: Events | None = None) -> None:
        """Stand still from now on because of *err*, which *events* raised."""
        self.on_halt(self.target, err, events)
        with self._changed:
            self.is_halted, self._waiting = True, []
            self._changed.notify_all()

    def work(self) -> None:
        """Write what waits until the lane is closed and empty, halted, or failed: what the thread runs."""
        while taken := self._take():
            try:
                if not all(map(self._apply, coalesce(taken))):
                    return
            except Exception as err:  # noqa: BLE001  raised again in the thread that reads
                with self._changed:
                    self._failed = err
                    self._changed.notify_all()
                return

    def _apply(self, events: Events) -> bool:
        """Write *events*, and return whether the lane can go on."""
        try:
            commit = self.target.apply(events)
        except CONCERNS_ALL:
            raise
        except Exception as err:  # noqa: BLE001  whatever it is, it is this table's alone
            self.halt(err, events)
            return False
        if commit:
            self.on_commit(commit)
        return True

    def _take(self) -> list[Events]:
        with self._changed:
            self._working = []
            self._changed.wait_for(lambda: self._waiting or self._closed)
            taken, self._waiting = self._waiting, []
            self._working = taken
            self._changed.notify_all()
            return taken

    def _count(self) -> int:
        return sum(events.rows.num_rows for events in self._waiting)


@contextmanager
def running(lanes: Sequence[Lane]) -> Iterator[None]:
    """Run the lanes' threads for the length of a block, which ends when all that waits is committed.

    Raises the exception of the first lane that failed.
    """
    threads = [threading.Thread(target=lane.work, name=lane.target.name, daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for lane in lanes:
            lane.close()
        for thread in threads:
            thread.join()
    for lane in lanes:
        lane.check()


def coalesce(events: Sequence[Events]) -> list[Events]:
    """*events* with neighbours of the same table version and partition joined, so that they take one commit."""
    neighbours = [list(group) for _, group in groupby(events, key=lambda e: (e.partition, e.row, e.key, e.refusal))]
    return [replace(group[0], rows=pa.concat_tables([e.rows for e in group])) for group in neighbours]
