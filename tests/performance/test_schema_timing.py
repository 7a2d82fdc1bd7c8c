"""Registrations in the Schema Registry, and how fast Avro is decoded beside JSON."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from lakestand.clients.registry import Registry
from lakestand.measure import decoding
from tests.fixtures.schema_registry import SERVICES, avro
from tests.performance.conftest import Clock

pytestmark = pytest.mark.services(*SERVICES)

REGISTRATIONS_A_SECOND = 100 / 60  # SC-010; our own, stricter limit is judged by the report
DECODED_A_SECOND = 50_000
CLIENTS, EACH = 4, 50


@dataclass
class Registrar:
    """A client that registers two versions of each of its subjects; the second is checked against the first."""

    registry: Registry
    prefix: str

    @property
    def subjects(self) -> list[str]:
        """The names of its subjects."""
        return [f"{self.prefix}-{n}" for n in range(EACH // 2)]

    def work(self) -> None:
        """Register all versions, each schema for the first time."""
        for name in self.subjects:
            for column in ("a", "b"):
                self.registry.register(name, avro(id="int", **{f"{column}_{hash(name) % 10**9}": ("int", 0)}))


@pytest.fixture
def registrars(schema_registry: Registry, subject: str) -> Iterator[list[Registrar]]:
    clients = [Registrar(Registry(schema_registry.config), f"{subject}-{n}") for n in range(CLIENTS)]
    yield clients
    for registrar in clients:
        for name in registrar.subjects:
            schema_registry.remove(name)


def test_several_clients_register_new_schemas(
    clock: Clock, schema_registry: Registry, registrars: list[Registrar]
) -> None:
    def all_at_once() -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(Registrar.work, registrars))

    clock.run(all_at_once, rounds=1, warm=0)

    names = [name for registrar in registrars for name in registrar.subjects]
    assert [schema_registry.versions(name) for name in names] == [[1, 2]] * len(names)
    rate = clock.benchmark.extra_info["registrations_per_s"] = CLIENTS * EACH / clock.median
    assert rate >= REGISTRATIONS_A_SECOND


def test_register_what_is_there(clock: Clock, schema_registry: Registry, subject: str) -> None:
    first = schema_registry.register(subject, avro(id="int"))

    assert clock.run(lambda: schema_registry.register(subject, avro(id="int"))) == first
    assert schema_registry.versions(subject) == [1]


def test_decode_avro(clock: Clock) -> None:
    json, binary = clock.run(lambda: decoding.measure(20_000), rounds=1, warm=0)

    assert (json.format, binary.format) == ("JSON", "Avro")
    assert binary.median >= DECODED_A_SECOND
