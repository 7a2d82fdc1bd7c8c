"""The threads that write all targets: as many as the cores bear, however many tables there are."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.lane import Lane, Parcel

# How many bytes of events (Arrow's) may wait or be written; then reading pauses. What is larger by itself passes alone.
MAX_BYTES = 32 << 20
# A commit is half waiting for the store, and the four tables of one topic are written at once on any machine.
LEAST_THREADS, MOST_THREADS, THREADS_PER_CORE = 4, 16, 2


@dataclass
class Crew:
    """Threads that write lanes: each takes the lane that has waited longest, and all that waits there."""

    lanes: Sequence[Lane]
    _due: deque[Lane] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _bytes: int = 0
    _closed: bool = False
    _failed: Exception | None = None

    def __post_init__(self) -> None:
        self._by_topic: dict[str, list[Lane]] = {}
        for lane in self.lanes:
            self._by_topic.setdefault(lane.target.topic, []).append(lane)

    def of_topic(self, topic: str) -> Sequence[Lane]:
        """The lanes that *topic* feeds."""
        return self._by_topic.get(topic, ())

    def add(self, topic: str, lanes: Sequence[Lane]) -> None:
        """Take on the *lanes* of a new topic."""
        self.lanes = [*self.lanes, *lanes]
        self._by_topic[topic] = list(lanes)

    def put(self, batches: Sequence[Events]) -> None:
        """Hand each batch over to the lanes of its topic; blocks while too many bytes wait already."""
        for events in batches:
            lanes = [lane for lane in self.of_topic(events.partition.topic) if not lane.is_halted]
            if lanes:
                self._add(Parcel(events, len(lanes)), lanes)

    def _add(self, parcel: Parcel, lanes: Sequence[Lane]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._failed or self._has_room(parcel.bytes))
            self._bytes += parcel.bytes
            for lane in lanes:
                lane.waiting.append(parcel)
                self._call(lane)

    def check(self) -> None:
        """Raise the exception that ended the crew's work, if one did."""
        if self._failed:
            raise self._failed

    def is_idle(self) -> bool:
        """Whether every lane stands still."""
        return all(lane.is_halted for lane in self.lanes)

    def _has_room(self, size: int) -> bool:
        return not self._bytes or self._bytes + size <= MAX_BYTES

    def _call(self, lane: Lane) -> None:
        """Let a thread come to *lane*, unless one does already; needs the lock."""
        if not lane.working and not lane.is_due:
            lane.is_due = True
            self._due.append(lane)
            self._changed.notify_all()

    def work(self) -> None:
        """Write lanes until the crew is closed and nothing waits, or until it failed: what a thread runs."""
        while lane := self._take():
            try:
                lane.write()
            except Exception as err:  # noqa: BLE001  raised again in the thread that reads
                with self._changed:
                    self._failed = self._failed or err
            self._release(lane)

    def _take(self) -> Lane | None:
        with self._changed:
            self._changed.wait_for(lambda: self._failed or self._due or self._closed)
            if self._failed or not self._due:
                return None
            lane = self._due.popleft()
            lane.is_due, lane.working, lane.waiting = False, lane.waiting, []
            return lane

    def _release(self, lane: Lane) -> None:
        with self._changed:
            done = lane.working + (lane.waiting if lane.is_halted else [])
            for parcel in done:
                parcel.lanes -= 1
                self._bytes -= 0 if parcel.lanes else parcel.bytes
            lane.working = []
            if lane.is_halted:
                lane.waiting = []
            elif lane.waiting:
                self._call(lane)
            self._changed.notify_all()

    def close(self) -> None:
        """Let the threads end once nothing waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def threads_for(lanes: int) -> int:
    """How many threads write that many lanes."""
    return min(lanes, MOST_THREADS, max(LEAST_THREADS, THREADS_PER_CORE * len(os.sched_getaffinity(0))))


@contextmanager
def running(lanes: Sequence[Lane], *, grows: bool = False) -> Iterator[Crew]:
    """Let a crew write *lanes* for the length of a block, which ends when all that waits is committed.

    When it *grows*, there may be more lanes later.

    Raises what ended the crew's work before.
    """
    crew = Crew(lanes)
    count = threads_for(MOST_THREADS if grows else len(lanes))
    threads = [threading.Thread(target=crew.work, name=f"lanes-{n}", daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield crew
    finally:
        crew.close()
        for thread in threads:
            thread.join()
    crew.check()
