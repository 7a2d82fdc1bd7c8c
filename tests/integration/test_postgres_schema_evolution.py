"""A table of PostgreSQL changes: new versions in the Schema Registry, old and new events, and the target table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from lakestand import probe
from lakestand.clients.registry import MODES, Mode, Registry
from lakestand.errors import ConnectorFailed, ErrorStatus
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from tests.fixtures import deserialized
from tests.fixtures.road import Road, road, roads
from tests.fixtures.schema_registry import avro

pytestmark = pytest.mark.services("postgres", "connect", "minio", "iceberg-rest", "schema-registry")

INCOMPATIBLE = 409


@dataclass(frozen=True)
class Change:
    """An ALTER of a table (id, n, note), a row inserted after it, and the target's rows and column types then."""

    alter: str
    insert: str
    rows: tuple[Mapping[str, object], ...]
    types: Mapping[str, str]


NOTED = {"id": 1, "n": 7, "note": "a"}
CHANGES = {
    "add_without_default": Change(
        "ADD COLUMN added INT",
        "(2, 8, 'b', 9)",
        (NOTED | {"added": None}, {"id": 2, "n": 8, "note": "b", "added": 9}),
        {"id": "int32", "n": "int32", "note": "string", "added": "int32"},
    ),
    "add_with_default": Change(
        "ADD COLUMN added TEXT NOT NULL DEFAULT 'old'",
        "(2, 8, 'b', 'new')",
        # The source fills its old row without an event; the mirror cannot know.
        (NOTED | {"added": None}, {"id": 2, "n": 8, "note": "b", "added": "new"}),
        {"id": "int32", "n": "int32", "note": "string", "added": "string"},
    ),
    "drop": Change(
        "DROP COLUMN n",
        "(2, 'b')",
        (NOTED, {"id": 2, "n": None, "note": "b"}),
        {"id": "int32", "n": "int32", "note": "string"},
    ),
    "int_to_bigint": Change(
        "ALTER COLUMN n TYPE BIGINT",
        "(2, 3000000000, 'b')",
        (NOTED, {"id": 2, "n": 3_000_000_000, "note": "b"}),
        {"id": "int32", "n": "int64", "note": "string"},
    ),
}


@pytest.fixture(scope="module")
def changing(settings: Settings, schema_registry: Registry) -> Iterator[Mapping[str, Road]]:
    """Yield an Avro road to Iceberg for each change, from a table with one row, whose schema has version 1."""
    columns = ["id INT PRIMARY KEY, n INT, note TEXT"] * len(CHANGES)
    with roads(settings, "postgres", "iceberg", columns, "avro") as all_roads:
        for a_road in all_roads:
            a_road.source.execute(f"INSERT INTO {a_road.table} VALUES (1, 7, 'a')")
        all_roads[0].register()
        for a_road in all_roads:
            deserialized.events(settings, a_road.topic, 1)
            assert schema_registry.versions(f"{a_road.topic}-value") == [1]
        yield dict(zip(CHANGES, all_roads, strict=True))


@pytest.mark.parametrize(("what", "change"), CHANGES.items(), ids=CHANGES)
def test_a_changed_table_has_a_new_version_both_decode_and_the_target_follows(
    changing: Mapping[str, Road], schema_registry: Registry, settings: Settings, what: str, change: Change
) -> None:
    road = changing[what]
    subject = f"{road.topic}-value"

    road.source.execute(f"ALTER TABLE {road.table} {change.alter}")
    road.source.execute(f"INSERT INTO {road.table} VALUES {change.insert}")
    old, new = deserialized.events(settings, road.topic, 2)
    road.carry(2)

    assert schema_registry.versions(subject) == [1, 2]
    assert [schema_registry.place(e.schema_id) for e in (old, new)] == [(subject, 1), (subject, 2)]
    assert old.value["after"] == NOTED
    assert new.value["after"] == {k: v for k, v in change.rows[1].items() if v is not None}
    assert tuple(sorted(road.mirror().to_pylist(), key=lambda r: r["id"])) == change.rows
    assert {f.name: str(f.type) for f in road.mirror().schema} == change.types


def test_text_to_int_is_refused_by_the_registry_and_nothing_is_written(
    schema_registry: Registry, settings: Settings
) -> None:
    client = DebeziumClient(settings.connect_url)
    with road(settings, "postgres", "iceberg", "id INT PRIMARY KEY, n TEXT", "avro") as it:
        it.source.execute(f"INSERT INTO {it.table} VALUES (1, '7')")
        it.register()
        it.source.execute(f"ALTER TABLE {it.table} ALTER COLUMN n TYPE INT USING n::INT")
        it.source.execute(f"INSERT INTO {it.table} VALUES (2, 8)")
        with pytest.raises(ConnectorFailed, match="Incompatible artifact"):
            probe.until(lambda: not client.is_running(it.config.name), 30, "the task's failure")

        it.pipeline().run()
        assert schema_registry.versions(f"{it.topic}-value") == [1]
        assert it.mirror().to_pylist() == [{"id": 1, "n": "7"}]

    assert [name for name in schema_registry.subjects() if name.startswith(it.config.topic_prefix)] == []


OLD = ("string", "")
BASE = avro(id="int", big="long", note="string", old=OLD)
# What becomes of the base, and the modes that take it: a reader of the new version reads what the old one wrote
# (BACKWARD), a reader of the old one what the new one writes (FORWARD), or both (FULL).
BOTH, BACK, FORTH, NEITHER = "BACKWARD FORWARD FULL NONE", "BACKWARD NONE", "FORWARD NONE", "NONE"
VERSIONS = {
    "added with a default": (avro(id="int", big="long", note="string", old=OLD, new=("int", 0)), BOTH),
    "added without a default": (avro(id="int", big="long", note="string", old=OLD, new="int"), FORTH),
    "dropped with a default": (avro(id="int", big="long", note="string"), BOTH),
    "dropped without a default": (avro(id="int", big="long", old=OLD), BACK),
    "int to long": (avro(id="long", big="long", note="string", old=OLD), BACK),
    "long to int": (avro(id="int", big="int", note="string", old=OLD), FORTH),
    "string to int": (avro(id="int", big="long", note="int", old=OLD), NEITHER),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_takes_what_it_should_and_refuses_the_rest(schema_registry: Registry, subject: str, mode: Mode) -> None:
    schema_registry.register(subject, BASE)
    schema_registry.set_compatibility(mode, subject)

    taken = {what for what, (schema, _) in VERSIONS.items() if not schema_registry.check(subject, schema)}
    refused = [schema for what, (schema, _) in VERSIONS.items() if what not in taken]
    for schema in refused:
        with pytest.raises(ErrorStatus) as caught:
            schema_registry.register(subject, schema)
        assert caught.value.status == INCOMPATIBLE

    assert taken == {what for what, (_, by) in VERSIONS.items() if mode.removesuffix("_TRANSITIVE") in by.split()}
    assert (schema_registry.compatibility(subject), schema_registry.versions(subject)) == (mode, [1])
