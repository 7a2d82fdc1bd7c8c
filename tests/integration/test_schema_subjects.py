"""A subject of the Schema Registry: transitive modes, its deletion, and what a restart keeps."""

from __future__ import annotations

import json

import pytest

from lakestand.clients.registry import Registry
from lakestand.errors import ErrorStatus
from lakestand.stand.stack import Stack
from tests.fixtures.schema_registry import avro

pytestmark = pytest.mark.services("postgres", "connect", "minio", "iceberg-rest", "schema-registry")

INCOMPATIBLE = 409

# Three versions, each of which fits its neighbour; the third does not fit the first.
CHAINS = {
    "BACKWARD": (avro(id="int"), avro(id="int", a=("int", 0)), avro(id="int", a="int")),
    "FORWARD": (avro(id="int", a="int"), avro(id="int", a=("int", 0)), avro(id="int")),
    "FULL": (avro(id="int", a="int"), avro(id="int", a=("int", 0)), avro(id="int")),
}


@pytest.mark.parametrize("mode", CHAINS)
def test_a_transitive_mode_looks_at_every_version_and_the_plain_one_at_the_last(
    schema_registry: Registry, subject: str, mode: str
) -> None:
    *earlier, last = CHAINS[mode]
    schema_registry.set_compatibility(f"{mode}_TRANSITIVE", subject)
    for schema in earlier:
        schema_registry.register(subject, schema)

    with pytest.raises(ErrorStatus) as caught:
        schema_registry.register(subject, last)
    assert (caught.value.status, schema_registry.versions(subject)) == (INCOMPATIBLE, [1, 2])

    schema_registry.set_compatibility(mode, subject)
    schema_registry.register(subject, last)
    assert schema_registry.versions(subject) == [1, 2, 3]


def test_a_softly_deleted_subject_is_hidden_and_its_events_still_decode(
    schema_registry: Registry, subject: str
) -> None:
    number = schema_registry.register(subject, avro(id="int"))
    assert subject in schema_registry.subjects()

    assert schema_registry.delete(subject) == [1]

    assert subject not in schema_registry.subjects()
    assert schema_registry.versions(subject) == []
    assert json.loads(schema_registry.schema(number)) == json.loads(avro(id="int"))


def test_a_subject_is_deleted_for_good_only_after_it_was_hidden_and_begins_anew(
    schema_registry: Registry, subject: str
) -> None:
    first = schema_registry.register(subject, avro(id="int"))
    schema_registry.register(subject, avro(id="int", a=("int", 0)))
    with pytest.raises(ErrorStatus, match="must be soft deleted first"):
        schema_registry.delete(subject, hard=True)
    assert schema_registry.versions(subject) == [1, 2]

    assert schema_registry.delete(subject) == [1, 2]
    assert schema_registry.delete(subject, hard=True) == [1, 2]
    with pytest.raises(ErrorStatus, match="not found"):
        schema_registry.delete(subject, hard=True)

    second = schema_registry.register(subject, avro(id="string"))
    assert (schema_registry.versions(subject), first == second) == ([1], False)


def test_ids_and_modes_outlive_a_restart_of_the_registry(schema_registry: Registry, subject: str, stack: Stack) -> None:
    ids = [schema_registry.register(subject, avro(id="int", **more)) for more in ({}, {"a": ("int", 0)})]
    schema_registry.set_compatibility("FULL", subject)

    with stack.stopped("schema-registry"):
        pass

    assert [schema_registry.version(subject, n).id for n in schema_registry.versions(subject)] == ids
    assert schema_registry.register(subject, avro(id="int")) == ids[0]
    assert (schema_registry.versions(subject), schema_registry.compatibility(subject)) == ([1, 2], "FULL")
    assert schema_registry.compatibility() == "BACKWARD"
