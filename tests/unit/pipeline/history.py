"""Random histories of a table with a few rows: the records that Debezium writes of one, and the rows it leads to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.event import ChangeEvent, Op, Position
from tests.unit.pipeline.connect import TOPIC, record

Step = tuple[str, int, int]

UNLOGGED = "__debezium_unavailable_value"
# Transactions leave marks in a topic, so the offsets of its records have gaps.
GAP = 3
WRITES = (Op.CREATE, Op.UPDATE, Op.READ)
ACTIONS = st.sampled_from(["write", "write", "write", "delete", "rename", "touch", "truncate"])
HISTORIES = st.lists(st.tuples(ACTIONS, st.integers(1, 4), st.integers(1, 4)), max_size=30)


@dataclass
class History:
    """The records of a topic, and the rows that its events lead to, one event at a time: the reference."""

    records: list[KafkaRecord] = field(default_factory=list)
    rows: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of_steps(cls, steps: list[Step]) -> History:
        """The history of *steps*: what happens to which row, and another number that some actions need."""
        history = cls()
        for step in steps:
            history.take(*step)
        return history

    def take(self, action: str, number: int, other: int) -> None:
        """Add the events of one action on the row *number*.

        Writes and deletes need not fit the row's state: an update may come first, a create twice, a delete of
        nothing, as after a snapshot that ran beside the changes.
        """
        note = f"{action} é{len(self.records)}"
        if action == "write":
            self._add(WRITES[other % len(WRITES)], number, note)
        elif action == "truncate":
            self._add(Op.TRUNCATE)
        elif action == "delete":
            self._delete(number)
        elif number in self.rows and action == "touch":
            self._add(Op.UPDATE, number, self.rows[number], logged=UNLOGGED)
        elif number in self.rows and action == "rename":
            self._delete(number)
            self._add(Op.CREATE, other, note)

    def _delete(self, number: int) -> None:
        self._add(Op.DELETE, number)
        self.records.append(KafkaRecord(TOPIC, 0, self._offset(), b"{}", None))

    def _add(self, op: Op, number: int | None = None, note: str | None = None, *, logged: str | None = None) -> None:
        row = None if number is None else {"id": number, "note": note}
        key = None if number is None else (number,)
        event = ChangeEvent(op=op, position=Position(TOPIC, 0, self._offset()), key=key, **{_image(op): row})
        apply(self.rows, event)
        sent: Any = row if row is None or logged is None else {**row, "note": logged}
        self.records.append(record(event.position.offset, op, **{_image(op): sent}))

    def _offset(self) -> int:
        return GAP * len(self.records)


def _image(op: Op) -> str:
    return "after" if op in WRITES else "before"


def apply(rows: dict[int, str], event: ChangeEvent) -> None:
    """Change *rows* (id to note) as plainly as one event can."""
    if event.op is Op.TRUNCATE:
        rows.clear()
    elif event.key and event.after:
        rows[event.key[0]] = event.after["note"]
    elif event.key:
        rows.pop(event.key[0], None)
