"""Kafka records → change events: what is one, what is none, and in which order."""

from __future__ import annotations

import orjson
import pytest

from lakestand.pipeline.decoding.decoder import Decoder
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.event import Position
from tests.unit.pipeline.connect import COMMIT_MS, ORDERS, TOPIC, decoded, field, message, record, row, undecodable

WIDER = (*ORDERS, field("price", "int64"))


def offsets(*records: KafkaRecord) -> list[list[int]]:
    """Return the offsets of the events that *records* become, a list per table version."""
    return [e.rows["offset"].to_pylist() for e in decoded(*records)]


def test_an_event_has_its_rows_its_times_and_its_key() -> None:
    (events,) = decoded(record(7, "u", before=row(1, "a"), after=row(1, "b")))

    assert (events.partition, events.key) == ((TOPIC, 0), ("id",))
    assert events.rows.to_pylist() == [
        {
            "op": "u",
            "offset": 7,
            "commit_ms": COMMIT_MS,
            "kafka_ms": COMMIT_MS + 2,
            "before": {"id": 1, "note": "a"},
            "after": {"id": 1, "note": "b"},
        }
    ]


def test_a_tombstone_is_no_event() -> None:
    assert offsets(record(0, "d", before=row(1)), KafkaRecord(TOPIC, 0, 1, b"{}", None)) == [[0]]


def test_events_of_another_table_version_are_apart() -> None:
    new = record(2, "c", after={"id": 3, "note": None, "price": 5}, columns=WIDER)
    old = [record(n, "c", after=row(n)) for n in (0, 1, 3)]

    assert offsets(old[0], old[1], new, old[2]) == [[0, 1], [2], [3]]


def test_events_of_another_partition_are_apart() -> None:
    assert offsets(*(record(5, "c", after=row(n), partition=n) for n in (0, 1))) == [[5], [5]]


def test_a_key_of_several_columns_keeps_their_order() -> None:
    both = ("note", "id")
    (events,) = decoded(record(0, "c", after=row(1, "a"), key=both, columns=tuple(reversed(ORDERS))))

    assert events.key == both


def test_a_table_without_a_key_has_none() -> None:
    assert decoded(record(0, "c", after=row(1), key=()))[0].key == ()


def test_a_truncate_has_the_key_that_its_table_had_before() -> None:
    decoder = Decoder()
    decoder.decode([record(0, "c", after=row(1))])

    assert decoder.decode([record(1, "t")])[0][0].key == ("id",)


def test_a_text_that_looks_like_a_payload_is_a_text() -> None:
    note = '"payload":{"a":"}"}\\'
    columns = (ORDERS[0], field("note", "string", parameters={"doc": '"payload":{'}))
    (events,) = decoded(record(0, "c", after=row(1, note), columns=columns))

    assert events.rows["after"].to_pylist() == [{"id": 1, "note": note}]


def test_a_schema_that_speaks_of_payloads_is_read_to_its_end() -> None:
    columns = (ORDERS[0], field("payload", "string"), field('a"}b', "string"))
    values = {"id": 1, "payload": "x", 'a"}b': "y"}

    assert decoded(record(0, "c", after=values, columns=columns))[0].rows["after"].to_pylist() == [values]


NO_EVENTS = {
    "nothing": (b"", "schemas.enable"),
    "text": (b"hello", "schemas.enable"),
    "no schema": (orjson.dumps({"op": "c", "after": row(1), "before": None}), "schemas.enable"),
    "schema null": (b'{"schema":null,"payload":{"op":"c"}}', "schemas.enable"),
    "another kind": (b'{"schema":{"type":"struct","name":"x.Heartbeat","fields":[]},"payload":{}}', "x.Heartbeat"),
    "cut": (message({"op": "c", "before": None, "after": row(1), "source": {"ts_ms": 1}})[:-3], "own schema"),
    "null": (message(None), "its payload is None"),
    "list": (message([]), "its payload is []"),
    "string": (message("x"), "its payload is 'x'"),
    "empty": (message({}), "op is None"),
    "unknown op": (message({"op": "x", "after": row(1)}), "op is 'x', which is none of c, d, r, t, u"),
    "create of nothing": (message({"op": "c", "after": None}), "op is c or r or u, but after is null"),
    "delete of nothing": (message({"op": "d", "before": None}), "op is d, but before is null"),
    "row is a number": (message({"op": "c", "after": 5}), "own schema"),
}


@pytest.mark.parametrize(("value", "reason"), NO_EVENTS.values(), ids=NO_EVENTS)
def test_what_is_no_event_is_set_aside_with_its_reason(value: bytes, reason: str) -> None:
    events, bad = undecodable(KafkaRecord(TOPIC, 3, 9, None, value))

    assert events == []
    assert [(b.record.offset, b.error.at) for b in bad] == [(9, Position(TOPIC, 3, 9))]
    assert reason in bad[0].error.reason


@pytest.mark.parametrize("value", [v for v, _ in NO_EVENTS.values()], ids=NO_EVENTS)
def test_what_is_no_event_spoils_none_of_its_neighbours(value: bytes) -> None:
    create, delete = record(0, "c", after=row(4, "a")), record(2, "d", before=row(4))
    events, bad = undecodable(create, KafkaRecord(TOPIC, 0, 1, None, value), delete)

    rows = [r for e in events for r in e.rows.select(["offset", "before", "after"]).to_pylist()]
    assert rows == [
        {"offset": 0, "before": None, "after": {"id": 4, "note": "a"}},
        {"offset": 2, "before": {"id": 4, "note": None}, "after": None},
    ]
    assert len(bad) == 1


def test_a_position_says_topic_partition_and_offset() -> None:
    assert str(Position("a.b.c", 1, 7)) == "a.b.c[1]@7"


def test_a_delete_beside_a_bad_record_is_decoded_whatever_its_columns_are() -> None:
    columns = (*ORDERS, field("at", "string", "io.debezium.time.ZonedTimestamp"))
    delete = record(0, "d", before={"id": 4, "note": None, "at": None}, columns=columns)
    events, bad = undecodable(delete, KafkaRecord(TOPIC, 0, 1, None, message({"op": "c", "after": 5}, columns)))

    assert [e.rows["offset"].to_pylist() for e in events] == [[0]]
    assert [b.record.offset for b in bad] == [1]
