"""A target and its thread: it takes whatever has come since its last commit, so that no table waits for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pyarrow as pa

from lakestand.errors import IncompatibleSchema
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.target import Behind, Committed, Target

# Events that may wait; then reading pauses. About 200 bytes an event in Arrow.
WAITING = 150_000


@dataclass
class Lane:
    """Events wait in *_waiting* until the thread takes them all at once.

    A table that cannot follow its source is *halted*: *refused* is told, the lane takes and drops what comes, and the
    table's position stays before what it could not write.
    """

    target: Target
    applied: Callable[[Committed], None]
    refused: Callable[[IncompatibleSchema, Events], None]
    halted: bool = False
    _waiting: list[Events] = field(default_factory=list)
    _working: list[Events] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: bool = False
    _failed: Exception | None = None

    def put(self, events: Sequence[Events]) -> None:
        """Hand over events; blocks while too many wait."""
        if not events:
            return
        with self._changed:
            self._changed.wait_for(lambda: self._failed or self._count() < WAITING)
            if self.halted:
                return
            self._waiting += events
            self._changed.notify_all()

    def check(self) -> None:
        """Raise what the thread failed with."""
        if self._failed:
            raise self._failed

    def close(self) -> None:
        """Let the thread end when nothing waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def behind(self, now_ms: float) -> Behind:
        """How far the table is behind what was handed over."""
        oldest, target = self.oldest_ms(), self.target
        seconds = 0.0 if oldest is None else max(0.0, now_ms - oldest) / 1000
        return Behind(topic=target.topic, sink=target.sink.name, table=target.name, seconds=seconds, halted=self.halted)

    def oldest_ms(self) -> float | None:
        """When the oldest event that the table lacks came to Kafka, since the epoch; None: it lacks none of ours."""
        with self._changed:
            return min((e.rows["kafka_ms"][0].as_py() for e in (*self._working, *self._waiting)), default=None)

    def work(self) -> None:
        """The thread: apply until closed and empty, or failed."""
        while taken := self._take():
            try:
                if not all(map(self._apply, coalesced(taken))):
                    return
            except Exception as err:  # noqa: BLE001  raised again in the thread that reads
                with self._changed:
                    self._failed = err
                    self._changed.notify_all()
                return

    def _apply(self, events: Events) -> bool:
        """Whether the lane goes on."""
        try:
            if committed := self.target.apply(events):
                self.applied(committed)
        except IncompatibleSchema as err:
            self.refused(err, events)
            with self._changed:
                self.halted, self._waiting = True, []
                self._changed.notify_all()
        return not self.halted

    def _take(self) -> list[Events]:
        with self._changed:
            self._working = []
            self._changed.wait_for(lambda: self._waiting or self._closed)
            taken, self._waiting = self._waiting, []
            self._working = taken
            self._changed.notify_all()
            return taken

    def _count(self) -> int:
        return sum(e.rows.num_rows for e in self._waiting)


@contextmanager
def running(lanes: Sequence[Lane]) -> Iterator[None]:
    """The lanes' threads for the length of a block, which ends when all that waits is committed."""
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


def coalesced(events: Sequence[Events]) -> list[Events]:
    """Neighbours of the same table version and partition as one, so that they take one commit."""
    merged: list[list[Events]] = []
    for each in events:
        last = merged[-1][-1] if merged else None
        if last and (last.partition, last.row, last.key) == (each.partition, each.row, each.key):
            merged[-1].append(each)
        else:
            merged.append([each])
    return [replace(run[0], rows=pa.concat_tables([e.rows for e in run])) for run in merged]
