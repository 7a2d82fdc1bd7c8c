"""A target and the events that wait for it: whatever has come since its last commit is written at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import pyarrow as pa

from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.halts import CONCERNS_ALL
from lakestand.pipeline.reports import Commit, TableLag
from lakestand.pipeline.target import Target


@dataclass(eq=False)
class Parcel:
    """Events on their way to *lanes* of their topic; their memory is free when the last one has written them."""

    events: Events
    lanes: int

    @property
    def bytes(self) -> int:
        """How much memory the events take."""
        return int(self.events.rows.nbytes)


@dataclass(eq=False)
class Lane:
    """One target's events, in their order; one thread at a time writes them, in as few commits as it can.

    When the table cannot be written, the lane calls *on_halt* once and becomes *is_halted*: it drops whatever comes
    later, and the table's position stays before the first event that it could not write.
    """

    target: Target
    on_commit: Callable[[Commit], None]
    on_halt: Callable[[Target, Exception, Events | None], None]
    is_halted: bool = False
    is_due: bool = False
    waiting: list[Parcel] = field(default_factory=list)
    working: list[Parcel] = field(default_factory=list)
    _lacks_ms: float | None = None

    def lag(self, now_ms: float) -> TableLag:
        """How far the table is behind what was handed over, at *now_ms* milliseconds since the epoch."""
        oldest = self.oldest_uncommitted_ms()
        seconds = 0.0 if oldest is None else max(0.0, now_ms - oldest) / 1000
        return TableLag(
            topic=self.target.topic,
            sink=self.target.sink.name,
            table=self.target.label,
            seconds=seconds,
            is_halted=self.is_halted,
        )

    def oldest_uncommitted_ms(self) -> float | None:
        """When the oldest event that is not committed yet came to Kafka, in milliseconds since the epoch.

        None when every event that was handed over is committed.
        """
        if self._lacks_ms is not None:
            return self._lacks_ms
        uncommitted = [*self.working, *self.waiting]
        return min((parcel.events.rows["kafka_ms"][0].as_py() for parcel in uncommitted), default=None)

    def halt(self, err: Exception, events: Events | None = None) -> None:
        """Stand still from now on because of *err*, which *events* raised."""
        self._lacks_ms = events.rows["kafka_ms"][0].as_py() if events else None
        self.is_halted = True
        self.on_halt(self.target, err, events)

    def write(self) -> None:
        """Commit the events of the parcels in `working`, or stand still before the first that cannot be written."""
        for events in coalesce([parcel.events for parcel in self.working]):
            if self.is_halted:
                return
            try:
                commit = self.target.apply(events)
            except CONCERNS_ALL:
                raise
            except Exception as err:  # noqa: BLE001  whatever it is, it is this table's alone
                self.halt(err, events)
                return
            if commit:
                self.on_commit(commit)


def coalesce(events: Sequence[Events]) -> list[Events]:
    """*events* with neighbours of the same table version and partition joined, so that they take one commit."""
    neighbours = [list(group) for _, group in groupby(events, key=_version)]
    return [replace(group[0], rows=pa.concat_tables([e.rows for e in group])) for group in neighbours]


def _version(events: Events) -> tuple[object, ...]:
    """What events must have in common to be one commit."""
    return events.partition, events.table, events.row, events.key, events.refusal
