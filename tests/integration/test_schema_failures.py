"""Schema changes that cannot be followed: what stops, which command goes on, and that nothing is lost."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lakestand import probe
from lakestand.clients.registry import Registry
from lakestand.demo.pipeline_thread import PipelineThread
from lakestand.demo.tally import Tally
from lakestand.errors import IncompatibleSchema
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings
from tests.fixtures import deserialized
from tests.fixtures.connector_task import wait_until_failed
from tests.fixtures.noted_table import COLUMNS, insert, read_rows
from tests.fixtures.road import ROOT, road, roads

pytestmark = pytest.mark.services("postgres", "connect", "minio", "iceberg-rest", "schema-registry")

SECONDS = 30


def invoke(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a task in a shell, as an operator does, and return its exit code and output."""
    argv = [sys.executable, "-m", "invoke", *arguments]
    return subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)


def test_an_incompatible_change_stops_its_table_alone_and_one_command_goes_on_with_nothing_lost(
    settings: Settings, schema_registry: Registry
) -> None:
    tally = Tally(lambda _n: None)
    with roads(settings, "postgres", "iceberg", [COLUMNS, COLUMNS], "avro") as (changed, other):
        subject = f"{changed.topic}-value"
        for table in (changed, other):
            insert(table, "(1, '7')")
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
                probe.until(
                    lambda: len(halting.incidents.warnings) == len(halting.kinds),
                    SECONDS,
                    "mirror and changelog halted",
                )
                insert(other, "(2, '8')", "(3, '9')")
                wait(2 * 2 + 2 * 2)

        with pytest.raises(IncompatibleSchema, match=f"Subject {subject}, versions 1 and 2: n is int32, was string"):
            change()
        assert schema_registry.versions(subject) == [1, 2]
        assert (read_rows(changed), read_rows(other)) == ([(1, "7")], [(1, "7"), (2, "8"), (3, "9")])

        options = ("--sink", "iceberg", "--namespace", changed.namespace, "--once")
        refused = invoke("pipeline.run", "--topic", changed.topic, *options)
        assert (refused.returncode, "n is string in the table and int32 in the source" in refused.stderr) == (1, True)
        went_on = invoke("pipeline.run", "--topic", changed.topic, "--convert", f"{changed.name}.n", *options)
        assert went_on.returncode == 0, went_on.stderr

        assert (read_rows(changed), changed.ops()) == ([(1, "7"), (2, "8"), (3, "9")], "rcc")


def test_what_the_registry_refused_comes_after_the_operators_decision_with_nothing_lost(
    settings: Settings, schema_registry: Registry
) -> None:
    with road(settings, "postgres", "iceberg", COLUMNS, "avro") as it:
        subject = f"{it.topic}-value"
        insert(it, "(1, '7')")
        it.register()
        it.carry(1)
        it.source.execute(f"ALTER TABLE {it.table} ALTER COLUMN n TYPE INT USING n::INT")
        insert(it, "(2, 8)")
        wait_until_failed(it, "Incompatible artifact")
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
        assert (read_rows(it), it.ops()) == ([(1, "7"), (2, "8"), (3, "9")], "rcc")


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
        assert (read_rows(it), it.ops()) == ([(1, 7)], "r")
