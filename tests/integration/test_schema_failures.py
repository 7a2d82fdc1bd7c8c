"""Changes that cannot be followed, and a Schema Registry that is away: what stops, and that nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from lakestand import probe
from lakestand.clients.http import call
from lakestand.clients.registry import Registry
from lakestand.demo.pipeline_thread import PipelineThread
from lakestand.demo.tally import Tally
from lakestand.errors import ConnectorFailed, ErrorResponse, IncompatibleSchema, ServiceError
from lakestand.lake.memory import Memory
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.stand.stack import Stack
from tests.fixtures import deserialized
from tests.fixtures.road import ROOT, Road, road, roads
from tests.fixtures.schema_registry import avro

pytestmark = pytest.mark.services("postgres", "connect", "minio", "iceberg-rest", "schema-registry")

NOTED = "id INT PRIMARY KEY, n TEXT"
SECONDS = 30


def insert(it: Road, *rows: str) -> None:
    """One event each."""
    it.source.execute(f"INSERT INTO {it.table} VALUES {', '.join(rows)}")


def until_failed(settings: Settings, it: Road, why: str) -> None:
    """Wait until the connector's task has failed, and for that reason."""
    client = DebeziumClient(settings.connect_url)
    with pytest.raises(ConnectorFailed, match=why):
        probe.until(lambda: not client.is_running(it.config.name), SECONDS, "the task's failure")


def restart(settings: Settings, it: Road) -> None:
    """The connector and its task, until they run."""
    client = DebeziumClient(settings.connect_url)
    client.restart_connector(it.config.name)
    client.wait_until_running(it.config.name)


def rows(it: Road) -> list[tuple[object, ...]]:
    """The mirror's, by id."""
    return sorted(tuple(row.values()) for row in it.mirror().to_pylist())


def invoke(*arguments: str) -> subprocess.CompletedProcess[str]:
    """As an operator types it."""
    argv = [sys.executable, "-m", "invoke", *arguments]
    return subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)


def test_an_incompatible_change_stops_its_table_alone_and_one_command_goes_on_with_nothing_lost(
    settings: Settings, schema_registry: Registry
) -> None:
    tally = Tally(lambda _n: None)
    with roads(settings, "postgres", "iceberg", [NOTED, NOTED], "avro") as (changed, other):
        subject = f"{changed.topic}-value"
        for each in (changed, other):
            insert(each, "(1, '7')")
        changed.register()
        halting = Pipeline(
            bootstrap_servers=settings.bootstrap_servers,
            topics=[changed.topic, other.topic],
            sinks=[changed.sink],
            registry=schema_registry,
            on_commit=tally.add,
        )

        def change() -> None:
            with PipelineThread(halting, tally) as wait:
                wait(2 * 2)
                schema_registry.set_compatibility("NONE", subject)
                changed.source.execute(f"ALTER TABLE {changed.table} ALTER COLUMN n TYPE INT USING n::INT")
                insert(changed, "(2, 8)", "(3, 9)")
                probe.until(lambda: len(halting.warnings) == len(halting.kinds), SECONDS, "mirror and changelog halted")
                insert(other, "(2, '8')", "(3, '9')")
                wait(2 * 2 + 2 * 2)

        with pytest.raises(IncompatibleSchema, match=f"Subject {subject}, versions 1 and 2: n is int32, was string"):
            change()
        assert schema_registry.versions(subject) == [1, 2]
        assert (rows(changed), rows(other)) == ([(1, "7")], [(1, "7"), (2, "8"), (3, "9")])

        options = ("--sink", "iceberg", "--namespace", changed.namespace, "--once")
        refused = invoke("pipeline.run", "--topic", changed.topic, *options)
        assert (refused.returncode, "n is string in the table and int32 in the source" in refused.stderr) == (1, True)
        went_on = invoke("pipeline.run", "--topic", changed.topic, "--convert", f"{changed.name}.n", *options)
        assert went_on.returncode == 0, went_on.stderr

        assert (rows(changed), changed.ops()) == ([(1, "7"), (2, "8"), (3, "9")], "rcc")


def test_what_the_registry_refused_comes_after_the_operators_decision_with_nothing_lost(
    settings: Settings, schema_registry: Registry
) -> None:
    with road(settings, "postgres", "iceberg", NOTED, "avro") as it:
        subject = f"{it.topic}-value"
        insert(it, "(1, '7')")
        it.register()
        it.carry(1)
        it.source.execute(f"ALTER TABLE {it.table} ALTER COLUMN n TYPE INT USING n::INT")
        insert(it, "(2, 8)")
        until_failed(settings, it, "Incompatible artifact")
        insert(it, "(3, 9)")
        assert schema_registry.versions(subject) == [1]

        status = invoke("connectors.status", "--name", it.config.name, "--json")
        assert (status.returncode, "Incompatible artifact" in status.stdout) == (1, True)

        schema_registry.set_compatibility("NONE", subject)
        went_on = invoke("connectors.restart", it.config.name)
        assert (went_on.returncode, went_on.stdout) == (0, f"{it.config.name} RUNNING\n"), went_on.stderr
        deserialized.events(settings, it.topic, 3)
        it.pipeline(convert=[f"{it.name}.n"]).run()

        assert schema_registry.versions(subject) == [1, 2]
        assert (rows(it), it.ops()) == ([(1, "7"), (2, "8"), (3, "9")], "rcc")


def test_a_value_that_cannot_be_converted_is_refused_and_nothing_is_written(
    settings: Settings, schema_registry: Registry
) -> None:
    with road(settings, "postgres", "iceberg", "id INT PRIMARY KEY, n INT", "avro") as it:
        insert(it, "(1, 7)")
        it.register()
        it.carry(1)
        schema_registry.set_compatibility("NONE", f"{it.topic}-value")
        it.source.execute(f"ALTER TABLE {it.table} ALTER COLUMN n TYPE TEXT")
        insert(it, "(2, 'eight')")
        deserialized.events(settings, it.topic, 2)

        with pytest.raises(IncompatibleSchema, match=r"a value cannot be converted: .*eight.*nothing was written"):
            it.pipeline(convert=[f"{it.name}.n"]).run()

        assert schema_registry.versions(f"{it.topic}-value") == [1, 2]
        assert (rows(it), it.ops()) == ([(1, 7)], "r")


def test_while_the_registry_is_away_known_schemas_flow_and_a_new_one_waits_for_it(
    settings: Settings, schema_registry: Registry, stack: Stack
) -> None:
    with road(settings, "postgres", "iceberg", NOTED, "avro") as it:
        insert(it, "(1, 'a')")
        it.register()
        with it.flowing() as (_, wait):
            wait(2)
            with stack.stopped("schema-registry"):
                insert(it, "(2, 'b')")
                wait(4)
                with pytest.raises(ServiceError, match=r"GET .*/schemas/ids/.*invoke up --only schema-registry"):
                    it.pipeline(sinks=[Memory()]).run()  # knows no schema yet
                it.source.execute(f"ALTER TABLE {it.table} ADD COLUMN more INT")
                insert(it, "(3, 'c', 5)")
                until_failed(settings, it, "RestClientException")
            restart(settings, it)
            wait(6)

        assert schema_registry.versions(f"{it.topic}-value") == [1, 2]
        assert (rows(it), it.ops()) == ([(1, "a", None), (2, "b", None), (3, "c", 5)], "rcc")


@contextmanager
def read_only(settings: Settings) -> Iterator[None]:
    """The registry's own switch."""
    at = f"http://{settings.host}:{settings.port('schema_registry')}/apis/registry/v3/admin/config/properties"
    call("PUT", f"{at}/apicurio.storage.read-only.enabled", {"value": "true"})
    try:
        yield
    finally:
        call("PUT", f"{at}/apicurio.storage.read-only.enabled", {"value": "false"})


def test_a_registry_that_takes_nothing_says_so_and_known_schemas_flow(
    settings: Settings, schema_registry: Registry, subject: str
) -> None:
    with road(settings, "postgres", "iceberg", NOTED, "avro") as it:
        insert(it, "(1, 'a')")
        it.register()
        it.carry(1)
        with read_only(settings):
            with pytest.raises(ErrorResponse, match=r"409 .*read-only mode"):
                schema_registry.register(subject, avro(id="int"))
            insert(it, "(2, 'b')")
            it.carry(1)
            it.source.execute(f"ALTER TABLE {it.table} ADD COLUMN more INT")
            insert(it, "(3, 'c', 5)")
            until_failed(settings, it, "read-only mode")
            assert schema_registry.versions(f"{it.topic}-value") == [1]
        restart(settings, it)
        it.carry(1)

        assert (schema_registry.versions(subject), schema_registry.versions(f"{it.topic}-value")) == ([], [1, 2])
        assert (rows(it), it.ops()) == ([(1, "a", None), (2, "b", None), (3, "c", 5)], "rcc")


def test_two_tables_that_change_at_once_are_both_followed(settings: Settings, schema_registry: Registry) -> None:
    with roads(settings, "postgres", "iceberg", [NOTED, NOTED], "avro") as both:

        def change(it: Road) -> None:
            insert(it, "(1, 'a')")
            it.source.execute(f"ALTER TABLE {it.table} ADD COLUMN more INT")
            insert(it, "(2, 'b', 5)")
            it.source.execute(f"ALTER TABLE {it.table} DROP COLUMN n, ADD COLUMN last TEXT")
            insert(it, "(3, 6, 'c')")

        both[0].register()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(change, both))
        for it in both:
            it.carry(3)

        assert [schema_registry.versions(f"{it.topic}-value") for it in both] == [[1, 2, 3], [1, 2, 3]]
        expected = [(1, "a", None, None), (2, "b", 5, None), (3, None, 6, "c")]
        assert [rows(it) for it in both] == [expected, expected]


def test_of_two_versions_registered_at_once_that_do_not_fit_each_other_one_is_refused(
    schema_registry: Registry, subject: str
) -> None:
    schema_registry.register(subject, avro(id="int"))

    def register(schema: str) -> int:
        try:
            return bool(Registry(schema_registry.config).register(subject, schema))
        except ErrorResponse as err:
            return err.status

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(register, [avro(id="int", a=("int", 0)), avro(id="int", a=("string", ""))]))

    assert sorted(answers) == [True, 409]
    assert schema_registry.versions(subject) == [1, 2]
