"""Random histories of a few rows, and the plain meaning of a history: one event after the other."""

from __future__ import annotations

from hypothesis import strategies as st

from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.event import ChangeEvent, Op, Position
from tests.unit.pipeline.envelopes import TOPIC, change

Step = tuple[str, int, str]

STEPS = st.lists(
    st.tuples(st.sampled_from("ccuuurdddt"), st.integers(1, 4), st.sampled_from(["a", "b", "é"])),
    min_size=1,
    max_size=25,
)


def records(steps: list[Step]) -> list[KafkaRecord]:
    """The history in Kafka, with gaps in the offsets as transactions leave them."""
    return [change(3 * i, op, number, name) for i, (op, number, name) in enumerate(steps)]


def events(steps: list[Step]) -> list[ChangeEvent]:
    """The history, event by event."""
    return [_event(3 * i, *step) for i, step in enumerate(steps)]


def meaning(history: list[ChangeEvent]) -> dict[int, str]:
    """The rows that remain, id to name."""
    rows: dict[int, str] = {}
    for event in history:
        if event.op is Op.TRUNCATE:
            rows.clear()
        elif event.op is Op.DELETE and event.key:
            rows.pop(event.key[0], None)
        elif event.after:
            rows[event.after["id"]] = event.after["name"]
    return rows


def _event(offset: int, op: str, number: int, name: str) -> ChangeEvent:
    row = {"id": number, "name": name}
    writes = op not in "dt"
    key = None if op == "t" else (number,)
    return ChangeEvent(op=Op(op), position=Position(TOPIC, 0, offset), key=key, after=row if writes else None)
