"""Histories of a table that may have happened, and what they lead to, one event at a time: the reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.event import ChangeEvent, Op, Position
from tests.unit.pipeline.connect import TOPIC, record

UNLOGGED = "__debezium_unavailable_value"
STEPS = st.sampled_from(["write", "write", "write", "delete", "rename", "touch", "truncate"])
HISTORIES = st.lists(st.tuples(STEPS, st.integers(1, 4), st.integers(1, 4)), max_size=30)


@dataclass
class History:
    """The records of a topic, and the rows that its events lead to."""

    records: list[KafkaRecord] = field(default_factory=list)
    rows: dict[int, str] = field(default_factory=dict)

    def step(self, what: str, number: int, other: int) -> None:
        """Something happens in the source, if it can."""
        note = f"{what}{len(self.records)}"
        if what == "write":
            self._event(Op.UPDATE if number in self.rows else Op.CREATE, number, note)
        elif what == "truncate":
            self._event(Op.TRUNCATE)
        elif number in self.rows and what == "touch":
            self._event(Op.UPDATE, number, self.rows[number], logged=UNLOGGED)
        elif number in self.rows:
            self._delete(number)
            if what == "rename" and other not in self.rows:
                self._event(Op.CREATE, other, note)

    def _delete(self, number: int) -> None:
        self._event(Op.DELETE, number)
        self.records.append(KafkaRecord(TOPIC, 0, len(self.records), b"{}", None))

    def _event(self, op: Op, number: int | None = None, note: str | None = None, *, logged: str | None = None) -> None:
        row = None if number is None else {"id": number, "note": note}
        key, at = (None if number is None else (number,)), Position(TOPIC, 0, len(self.records))
        event = ChangeEvent(op=op, position=at, key=key, **{_side(op): row})
        apply(self.rows, event)
        sent: Any = row if row is None or logged is None else {**row, "note": logged}
        self.records.append(record(at.offset, op, **{_side(op): sent}))


def _side(op: Op) -> str:
    return "after" if op in {Op.CREATE, Op.READ, Op.UPDATE} else "before"


def apply(rows: dict[int, str], event: ChangeEvent) -> None:
    """One event's effect, as plainly as it can be said."""
    if event.op is Op.TRUNCATE:
        rows.clear()
    elif event.key and event.after:
        rows[event.key[0]] = event.after["note"]
    elif event.key:
        del rows[event.key[0]]


def history(steps: list[tuple[str, int, int]]) -> History:
    """The history of some steps."""
    made = History()
    for step in steps:
        made.step(*step)
    return made
