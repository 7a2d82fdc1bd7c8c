"""`invoke connectors.*`: a connector's life, its lag and offsets, and what is waited for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from invoke import Program
from tasks import ns

from lakestand import probe
from lakestand.clients.registry import Registry
from lakestand.errors import NotReady
from lakestand.settings import Settings
from lakestand.sources import lag
from tests.fixtures.debezium_connector import SERVICES, ConnectedTable, Register
from tests.fixtures.health_checks import HealthCheckConfig, urls, wait_until_healthy
from tests.fixtures.schema_registry import avro
from tests.integration.test_connectors import leftovers
from tests.unit.stand.toy import free_port

pytestmark = pytest.mark.services(*SERVICES, "schema-registry")

Command = Callable[..., str]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """A task in this process: what it printed."""

    def run(*argv: str) -> str:
        Program(namespace=ns).run(["invoke", *argv], exit=False)
        out, err = capsys.readouterr()
        assert not err, err
        return out

    return run


@pytest.fixture(params=["postgres", "mysql"])
def made(request: pytest.FixtureRequest, debezium_connector: Register) -> ConnectedTable:
    """A table and its connector, registered."""
    captured = debezium_connector(request.param, "id INT PRIMARY KEY, note VARCHAR(2000)")
    captured.configure(heartbeat_interval_ms=200)
    captured.start()
    return captured


@pytest.mark.parametrize("database", ["postgres", "mysql"])
def test_a_connectors_life_by_tasks(debezium_connector: Register, command: Command, database: str) -> None:
    made = debezium_connector(database, "id INT PRIMARY KEY")
    name = made.config.name
    options = ("connectors.register", "--source", database, "--tables", made.table, "--name", name, "--json")

    registered = [json.loads(command(*options))[0] for _ in range(2)]
    (status,) = json.loads(command("connectors.status", "--name", name, "--json"))
    listed = json.loads(command("connectors.list", "--json"))
    said = [command("connectors.restart", name), command("connectors.delete", name)]

    assert [(r["connector"], r["database"], r["tables"], r["changed"]) for r in registered] == [
        (name, database, [made.table], True),
        (name, database, [made.table], False),
    ]
    assert [part["state"] for part in (status["connector"], *status["tasks"])] == ["RUNNING", "RUNNING"]
    assert (name in listed, said) == (True, [f"{name} RUNNING\n", f"{name} deleted\n"])
    assert {kind for kind, names in leftovers(made.road).items() if names} == {"tables"}


def test_delete_takes_the_slot_and_publication_that_the_connector_was_given(
    debezium_connector: Register, command: Command
) -> None:
    made = debezium_connector("postgres", "id INT PRIMARY KEY")
    made.configure(slot_name=f"{made.config.slot}_own", publication_name=f"{made.config.slot}_pub")
    made.start()
    there = leftovers(made.road)

    command("connectors.delete", made.config.name)

    assert (there["slots"], there["publications"]) == ([made.config.slot], [made.config.publication])
    assert {kind for kind, names in leftovers(made.road).items() if names} == {"tables"}


def test_delete_takes_the_subjects_of_a_connector_whose_keys_alone_are_avro(
    debezium_connector: Register, command: Command
) -> None:
    made = debezium_connector("postgres", "id INT PRIMARY KEY")
    json_converter = "org.apache.kafka.connect.json.JsonConverter"
    made.configure(format="avro", converters={"value.converter": json_converter})
    made.execute("INSERT INTO {t} VALUES (1)")
    made.start()
    probe.until(lambda: leftovers(made.road)["subjects"], 30, "a registered schema")
    there = leftovers(made.road)

    command("connectors.delete", made.config.name)

    assert there["subjects"] == [f"{made.road.topic}-key"]
    assert {kind for kind, names in leftovers(made.road).items() if names} == {"tables"}


def test_delete_keeps_the_subjects_of_a_connector_whose_name_begins_with_the_deleted_ones(
    debezium_connector: Register, command: Command, schema_registry: Registry
) -> None:
    made = debezium_connector("postgres", "id INT PRIMARY KEY")
    made.configure(format="avro")
    made.start()
    others = f"{made.config.name}-two.public.t-value"
    schema_registry.register(others, avro(id="int"))

    command("connectors.delete", made.config.name)
    kept = leftovers(made.road)["subjects"]
    schema_registry.remove(others)

    assert kept == [others]


def test_lag_grows_while_a_connector_is_stopped_and_is_gone_afterwards(made: ConnectedTable, command: Command) -> None:
    name, settings = made.config.name, made.road.settings
    made.execute("INSERT INTO {t} VALUES (0, '')")
    made.events(1)
    probe.until(lambda: lag.read_lag(settings, name).behind_bytes is not None, 30, "a stored offset")
    made.client.stop_connector(name)
    before = _behind(command, name)
    for number in range(1, 51):
        made.execute(f"INSERT INTO {{t}} VALUES ({number}, '{'x' * 2000}')")

    assert 100_000 < _behind(command, name) - before < 64 << 20  # other clients write too
    first = lag.read_lag(settings, name).behind_s or 0.0
    probe.until(
        lambda: (lag.read_lag(settings, name).behind_s or 0.0) > first + 0.5, 5, "a lag that grows by the second"
    )
    made.client.resume_connector(name)
    made.events(51)
    probe.until(lambda: _behind(command, name) < 50_000, 30, "the end of the lag")
    if made.config.database == "postgres":  # MySQL counts the log that other clients write
        probe.until(lambda: (lag.read_lag(settings, name).behind_s or 0.0) < 0.5, 10, "a lag of no time")


def test_offsets_say_where_a_connector_goes_on(made: ConnectedTable, command: Command) -> None:
    made.execute("INSERT INTO {t} VALUES (1, 'a')")
    made.events(1)
    name, place = made.config.name, "lsn" if made.config.database == "postgres" else "pos"
    probe.until(lambda: lag.latest_offset(made.client.get_offsets(name)), 30, "a stored offset")

    told = json.loads(command("connectors.offsets", "--name", name, "--json"))

    assert list(told) == [name]
    (only,) = told[name]
    assert only["partition"]["server"] == made.config.topic_prefix
    assert only["offset"][place] > 0


def test_the_signal_task_brings_all_rows_once_more(debezium_connector: Register, command: Command) -> None:
    made = debezium_connector("postgres", "id INT PRIMARY KEY")
    made.configure(signal_table=f"{made.table}_signal")
    made.execute("INSERT INTO {t} VALUES (1), (2)")
    made.start()
    assert [e.source["snapshot"] for e in made.events(2)] == ["first", "last"]

    told = command("connectors.snapshot", made.config.name)
    found = made.events(4)[2:]

    assert told.startswith(f"{made.config.name}: incremental snapshot of {made.table} asked for")
    assert [(e.op, e.key["id"], e.source["snapshot"]) for e in found] == [
        ("r", 1, "incremental"),
        ("r", 2, "incremental"),
    ]


def test_a_service_that_answers_is_healthy_at_once_and_one_that_does_not_is_asked_as_often_as_said(
    settings: Settings,
) -> None:
    assert wait_until_healthy(urls(settings)["connect"]) == 1

    few = HealthCheckConfig(max_retries=3, initial_delay=0.01, timeout=1.0)
    began = time.monotonic()
    with pytest.raises(NotReady, match="Connection refused"):
        wait_until_healthy(f"http://{settings.host}:{free_port()}/", few)
    assert time.monotonic() - began < 5


def _behind(command: Command, name: str) -> int:
    (told,) = json.loads(command("connectors.lag", "--name", name, "--json"))
    assert told["connector"] == name
    return int(told["behind_bytes"])
