"""Folding and replay: any cut, any repetition, any redelivery gives the same table."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lakestand.lake.memory import Memory
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.reports import Kind
from lakestand.pipeline.target import Target
from tests.unit.pipeline.envelopes import TOPIC, change, decoded
from tests.unit.pipeline.history import STEPS, Step, events, meaning, records

FEW = settings(max_examples=60)


class Carried:
    """A memory sink and a way to apply records to it, as often as one likes; each batch by a new target."""

    def __init__(self) -> None:
        self.sink = Memory()

    def apply(self, batch: list[KafkaRecord], kind: Kind = "mirror") -> None:
        """Decode and write."""
        if batch:
            Target(TOPIC, self.sink, kind, "topic-id").apply(decoded(batch))

    def rows(self) -> dict[int, str]:
        """The mirror, id to name."""
        table = self.sink.existing("t")
        return {r["id"]: r["name"] for r in table.read().to_pylist()} if table else {}


@FEW
@given(STEPS, st.data())
def test_any_cut_gives_the_plain_meaning(steps: list[Step], data: st.DataObject) -> None:
    cut, carried = data.draw(st.integers(0, len(steps))), Carried()

    carried.apply(records(steps)[:cut])
    carried.apply(records(steps)[cut:])

    assert carried.rows() == meaning(events(steps))


@FEW
@given(STEPS, st.data())
def test_replay_of_any_part_changes_nothing(steps: list[Step], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(steps)))
    end, carried = data.draw(st.integers(begin, len(steps))), Carried()

    carried.apply(records(steps))
    carried.apply(records(steps)[begin:end])

    assert carried.rows() == meaning(events(steps))


@FEW
@given(STEPS, st.data())
def test_overlapping_batches_write_every_change_once(steps: list[Step], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(steps)))
    back, carried = data.draw(st.integers(0, cut)), Carried()

    carried.apply(records(steps)[:cut], "changelog")
    carried.apply(records(steps)[back:], "changelog")

    table = carried.sink.existing("t_changelog")
    assert table is not None
    assert table.read()["_offset"].to_pylist() == [3 * i for i in range(len(steps))]


def test_delete_leaves_no_row() -> None:
    carried = Carried()
    carried.apply([change(0, "c", 1, "a"), change(1, "u", 1, "b"), change(2, "d", 1)])

    assert carried.rows() == {}


def test_only_the_last_of_many_updates_stays() -> None:
    carried = Carried()
    carried.apply([change(i, "u", 1, str(i)) for i in range(100)])

    assert carried.rows() == {1: "99"}
