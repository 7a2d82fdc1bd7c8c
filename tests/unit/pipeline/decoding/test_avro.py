"""Avro records → change events: the same as JSON's, and what is none does no harm to its neighbours."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import product

import pytest

from lakestand.clients.registry import Registry, SchemaRegistryConfig
from lakestand.errors import ErrorStatus, PipelineError, ServiceError
from lakestand.measure import decoding
from lakestand.measure.workload import avro_history
from lakestand.pipeline.decoding.avro_format import PREFIX
from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.decoding.records import KafkaRecord
from tests.unit.clients.server import Script, serving

TOPIC = "measure.demo.flights"
EVENTS = 60


@functools.cache
def history() -> tuple[KafkaRecord, ...]:
    """Return the records of one history, tombstones among them."""
    messages = avro_history.messages(TOPIC, EVENTS)
    return tuple(KafkaRecord(TOPIC, 0, offset, key, value) for offset, (key, value) in enumerate(messages))


def records() -> list[KafkaRecord]:
    """Return a new list of the records of one history, which is costly to begin."""
    return list(history())


@pytest.fixture
def server() -> Iterator[Script]:
    """Serve prepared answers, in the place of a registry."""
    with serving() as script:
        yield script


def registry(server: Script) -> Registry:
    """Return a client of the prepared server."""
    return Registry(SchemaRegistryConfig(url=server.url))


def decoded(given: list[KafkaRecord]) -> tuple[list[Events], list[DeadLetter]]:
    return Decoder(avro_history.schemas(TOPIC).__getitem__).decode(given)


def test_avro_and_json_of_one_history_are_the_same_events() -> None:
    assert [rate.format for rate in decoding.measure(EVENTS)] == ["JSON", "Avro"]  # it compares them


def test_all_events_of_a_schema_are_one_table_with_its_key_and_its_id() -> None:
    (events,), bad = decoded(records())

    assert (events.rows.num_rows, bad) == (EVENTS, [])
    assert (events.key, events.schema_id) == (("id",), avro_history.VALUE)


SPOILED = {
    "cut off": lambda value: value[:-3],
    "followed by more": lambda value: value + b"\0",
    "empty": lambda value: value[:PREFIX],
    "of other bytes": lambda value: value[:PREFIX] + b"\xff" * (len(value) - PREFIX),
}


@pytest.mark.parametrize(("how", "at"), list(product(SPOILED, (0, 7, 1000))))
def test_a_record_that_is_no_datum_of_its_schema_is_bad_alone(how: str, at: int) -> None:
    given = [r for r in records() if r.value is not None]
    at = min(at, len(given) - 1)
    given[at] = given[at]._replace(value=SPOILED[how](given[at].value or b""))

    found, bad = decoded(given)

    assert [b.record for b in bad] == [given[at]]
    assert [o for e in found for o in e.rows["offset"].to_pylist()] == [r.offset for r in given if r is not given[at]]


def test_two_damages_that_make_up_for_each_other_are_found() -> None:
    first, second, *rest = [r for r in records() if r.value is not None]
    a, b = first.value or b"", second.value or b""
    moved = [first._replace(value=a + b[PREFIX : PREFIX + 1]), second._replace(value=b[:PREFIX] + b[PREFIX + 1 :])]

    found, bad = decoded([*moved, *rest])

    assert [each.record for each in bad] == moved
    assert sum(e.rows.num_rows for e in found) == EVENTS - 2


def test_records_of_a_schema_that_no_registry_knows_are_bad_and_say_so(server: Script) -> None:
    server.on("GET /schemas/ids/9", (404, {"error_code": 40403, "message": "Schema not found"}))
    value = b"\0\0\0\0\x09whatever"

    found, bad = Decoder(registry(server).schema).decode([KafkaRecord(TOPIC, 0, 0, None, value)])

    assert found == []
    assert "no registry knows its schema" in bad[0].error.reason
    assert "404 Schema not found" in bad[0].error.reason


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_registry_that_is_ill_makes_no_record_bad(server: Script, status: int) -> None:
    server.on("GET /schemas/ids/9", (status, {"message": "not now"}))

    with pytest.raises(ErrorStatus, match=f"{status} not now"):
        Decoder(registry(server).schema).decode([KafkaRecord(TOPIC, 0, 0, None, b"\0\0\0\0\x09whatever")])


def test_avro_without_a_registry_is_refused() -> None:
    with pytest.raises(PipelineError, match="no registry"):
        Decoder().decode(records())


def test_a_registry_that_is_away_is_said_with_its_address_and_the_command_that_helps() -> None:
    away = Registry(SchemaRegistryConfig(url="http://127.0.0.1:9", max_retries=2))

    with pytest.raises(ServiceError, match=r"GET http://127.0.0.1:9/subjects: ConnectionError; .*invoke up --only"):
        away.subjects()
