"""The Schema Registry's registrations, each timed by itself, and how fast Avro is decoded beside JSON."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lakestand.clients.registry import Registry
from lakestand.measure import decoding
from tests.fixtures.schema_registry import SERVICES, avro
from tests.performance.conftest import Clock

pytestmark = pytest.mark.services(*SERVICES)

REGISTRATIONS_A_SECOND = 60  # SC-010 asks for 100 a minute
DECODED_A_SECOND = 50_000
ROUNDS = 100


@pytest.fixture
def subjects(schema_registry: Registry, subject: str) -> Iterator[list[str]]:
    """Names, each twice in turn: its first version has nothing to fit, its second is judged."""
    names = [f"{subject}-{n // 2}" for n in range(ROUNDS)]
    yield names
    for name in set(names):
        schema_registry.remove(name)


def test_register_a_new_schema(clock: Clock, schema_registry: Registry, subjects: list[str]) -> None:
    new = ((name, avro(id="int", **{f"a{n}": ("int", 0)})) for n, name in enumerate(subjects))

    clock.run(lambda: schema_registry.register(*next(new)), rounds=ROUNDS, warm=0)

    assert [schema_registry.versions(name) for name in sorted(set(subjects))] == [[1, 2]] * (ROUNDS // 2)
    assert 1 / clock.median >= REGISTRATIONS_A_SECOND


def test_register_what_is_there(clock: Clock, schema_registry: Registry, subject: str) -> None:
    first = schema_registry.register(subject, avro(id="int"))

    assert clock.run(lambda: schema_registry.register(subject, avro(id="int"))) == first
    assert schema_registry.versions(subject) == [1]


def test_decode_avro(clock: Clock) -> None:
    json, binary = clock.run(lambda: decoding.measure(20_000), rounds=1, warm=0)

    assert (json.format, binary.format) == ("JSON", "Avro")
    assert binary.median >= DECODED_A_SECOND
