"""Records become events in order; what is none is set aside and harms no neighbour."""

from __future__ import annotations

import pytest

from lakestand.pipeline.decode import Decoder
from tests.unit.pipeline.envelopes import COLUMNS, TEXT, TOPIC, change, key, record, value

BAD = [
    (b"not json", "not a Debezium envelope"),
    (b'{"op":"c"}', "not a Debezium envelope"),
    (b'{"schema":{"type":"string"},"payload":"x"}', "has the fields none"),
    (value("x", None, {"id": 1}), "op is 'x'"),
    (value("c", None, {"id": "text", "name": None}), "does not fit its own schema"),
    (value("c", None, {"id": 1})[:-20], "does not fit its own schema"),
]


def test_events_keep_offsets_times_and_order() -> None:
    (events,), bad = Decoder().decode([change(7, "c", 1, "a"), change(9, "d", 1, "a")])

    assert bad == []
    assert events.rows["op"].to_pylist() == ["c", "d"]
    assert events.rows["offset"].to_pylist() == [7, 9]
    assert events.rows["commit_ms"].to_pylist() == [1_700_000_000_000] * 2
    assert events.rows["kafka_ms"].to_pylist() == [1_700_000_000_010] * 2
    assert events.key == ("id",)


@pytest.mark.parametrize(("spoiled", "reason"), BAD)
def test_undecodable_record_is_set_aside_with_position_and_reason(spoiled: bytes, reason: str) -> None:
    records = [change(0, "c", 1), record(1, spoiled, key(id=1)), change(2, "c", 2)]

    events, bad = Decoder().decode(records)

    assert [o for e in events for o in e.rows["offset"].to_pylist()] == [0, 2]
    assert [str(b.error.at) for b in bad] == [f"{TOPIC}[0]@1"]
    assert reason in bad[0].error.reason


def test_tombstone_is_neither_event_nor_bad() -> None:
    (events,), bad = Decoder().decode([change(0, "d", 1), record(1, None, key(id=1)), change(2, "c", 1)])

    assert events.rows["offset"].to_pylist() == [0, 2]
    assert bad == []


def test_two_versions_of_a_table_are_two_runs_in_order() -> None:
    added = value("c", None, {"id": 2, "name": "b", "more": "x"}, COLUMNS | {"more": TEXT})

    events, _ = Decoder().decode([change(0, "c", 1), record(1, added, key(id=2)), change(2, "c", 3)])

    assert [[f.name for f in e.row] for e in events] == [["id", "name"], ["id", "name", "more"], ["id", "name"]]


def test_truncate_has_the_key_that_other_events_said() -> None:
    decoder = Decoder()
    decoder.decode([change(0, "c", 1)])

    (events,), _ = decoder.decode([change(1, "t", 0)])

    assert events.key == ("id",)


def test_table_without_a_key_has_none() -> None:
    (events,), _ = Decoder().decode([record(0, value("c", None, {"id": 1, "name": None}))])

    assert events.key == ()
