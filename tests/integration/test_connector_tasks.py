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
    """Return a function that runs a task in this process and returns what it printed."""

    def run(*argv: str) -> str:
        Program(namespace=ns).run(["invoke", *argv], exit=False)
        out, err = capsys.readouterr()
        assert not err, err
        return out

    return run


@pytest.fixture(params=["postgres", "mysql"])
def capture(request: pytest.FixtureRequest, debezium_connector: Register) -> ConnectedTable:
    """Return a table whose connector is registered."""
    captured = debezium_connector(request.param, "id INT PRIMARY KEY, note VARCHAR(2000)")
    captured.configure(heartbeat_interval_ms=200)
    captured.start()
    return captured


@pytest.mark.parametrize("database", ["postgres", "mysql"])
def test_a_connectors_life_by_tasks(debezium_connector: Register, command: Command, database: str) -> None:
    capture = debezium_connector(database, "id INT PRIMARY KEY")
    name = capture.config.name
    options = ("connectors.register", "--source", database, "--tables", capture.table, "--name", name, "--json")

    registered = [json.loads(command(*options))[0] for _ in range(2)]
    (status,) = json.loads(command("connectors.status", "--name", name, "--json"))
    listed = json.loads(command("connectors.list", "--json"))
    lines = [command("connectors.restart", name), command("connectors.delete", name)]

    assert [(r["connector"], r["database"], r["tables"], r["changed"]) for r in registered] == [
        (name, database, [capture.table], True),
        (name, database, [capture.table], False),
    ]
    assert [part["state"] for part in (status["connector"], *status["tasks"])] == ["RUNNING", "RUNNING"]
    assert (name in listed, lines) == (True, [f"{name} RUNNING\n", f"{name} deleted\n"])
    assert {kind for kind, names in leftovers(capture.road).items() if names} == {"tables"}


def test_delete_takes_the_slot_and_publication_that_the_connector_was_given(
    debezium_connector: Register, command: Command
) -> None:
    capture = debezium_connector("postgres", "id INT PRIMARY KEY")
    capture.configure(slot_name=f"{capture.config.slot}_own", publication_name=f"{capture.config.slot}_pub")
    capture.start()
    there = leftovers(capture.road)

    command("connectors.delete", capture.config.name)

    assert (there["slots"], there["publications"]) == ([capture.config.slot], [capture.config.publication])
    assert {kind for kind, names in leftovers(capture.road).items() if names} == {"tables"}


def test_delete_takes_the_subjects_of_a_connector_whose_keys_alone_are_avro(
    debezium_connector: Register, command: Command
) -> None:
    capture = debezium_connector("postgres", "id INT PRIMARY KEY")
    json_converter = "org.apache.kafka.connect.json.JsonConverter"
    capture.configure(format="avro", converters={"value.converter": json_converter})
    capture.execute("INSERT INTO {t} VALUES (1)")
    capture.start()
    probe.until(lambda: leftovers(capture.road)["subjects"], 30, "a registered schema")
    there = leftovers(capture.road)

    command("connectors.delete", capture.config.name)

    assert there["subjects"] == [f"{capture.road.topic}-key"]
    assert {kind for kind, names in leftovers(capture.road).items() if names} == {"tables"}


def test_delete_keeps_the_subjects_of_a_connector_whose_name_begins_with_the_deleted_ones(
    debezium_connector: Register, command: Command, schema_registry: Registry
) -> None:
    capture = debezium_connector("postgres", "id INT PRIMARY KEY")
    capture.configure(format="avro")
    capture.start()
    others = f"{capture.config.name}-two.public.t-value"
    schema_registry.register(others, avro(id="int"))

    command("connectors.delete", capture.config.name)
    kept = leftovers(capture.road)["subjects"]
    schema_registry.remove(others)

    assert kept == [others]


def test_lag_grows_while_a_connector_is_stopped_and_is_gone_afterwards(
    capture: ConnectedTable, command: Command
) -> None:
    name, settings = capture.config.name, capture.road.settings
    capture.execute("INSERT INTO {t} VALUES (0, '')")
    capture.events(1)
    probe.until(lambda: lag.read_lag(settings, name).behind_bytes is not None, 30, "a stored offset")
    capture.client.stop_connector(name)
    before = _behind(command, name)
    for number in range(1, 51):
        capture.execute(f"INSERT INTO {{t}} VALUES ({number}, '{'x' * 2000}')")

    assert 100_000 < _behind(command, name) - before < 64 << 20  # other clients write too
    first = lag.read_lag(settings, name).behind_s or 0.0
    probe.until(
        lambda: (lag.read_lag(settings, name).behind_s or 0.0) > first + 0.5, 5, "a lag that grows by the second"
    )
    capture.client.resume_connector(name)
    capture.events(51)
    probe.until(lambda: _behind(command, name) < 50_000, 30, "the end of the lag")
    if capture.config.database == "postgres":  # MySQL counts the log that other clients write
        probe.until(lambda: (lag.read_lag(settings, name).behind_s or 0.0) < 0.5, 10, "a lag of no time")


def test_offsets_say_where_a_connector_goes_on(capture: ConnectedTable, command: Command) -> None:
    capture.execute("INSERT INTO {t} VALUES (1, 'a')")
    capture.events(1)
    name, place = capture.config.name, "lsn" if capture.config.database == "postgres" else "pos"
    probe.until(lambda: lag.latest_offset(capture.client.get_offsets(name)), 30, "a stored offset")

    report = json.loads(command("connectors.offsets", "--name", name, "--json"))

    assert list(report) == [name]
    (only,) = report[name]
    assert only["partition"]["server"] == capture.config.topic_prefix
    assert only["offset"][place] > 0


def test_the_signal_task_brings_all_rows_once_more(debezium_connector: Register, command: Command) -> None:
    capture = debezium_connector("postgres", "id INT PRIMARY KEY")
    capture.configure(signal_table=f"{capture.table}_signal")
    capture.execute("INSERT INTO {t} VALUES (1), (2)")
    capture.start()
    assert [e.source["snapshot"] for e in capture.events(2)] == ["first", "last"]

    line = command("connectors.snapshot", capture.config.name)
    records = capture.events(4)[2:]

    assert line.startswith(f"{capture.config.name}: incremental snapshot of {capture.table} asked for")
    assert [(e.op, e.key["id"], e.source["snapshot"]) for e in records] == [
        ("r", 1, "incremental"),
        ("r", 2, "incremental"),
    ]


def test_a_service_that_answers_is_healthy_at_once_and_one_that_does_not_is_asked_as_often_as_configured(
    settings: Settings,
) -> None:
    assert wait_until_healthy(urls(settings)["connect"]) == 1

    few = HealthCheckConfig(max_retries=3, initial_delay=0.01, timeout=1.0)
    began = time.monotonic()
    with pytest.raises(NotReady, match="Connection refused"):
        wait_until_healthy(f"http://{settings.host}:{free_port()}/", few)
    assert time.monotonic() - began < 5


def _behind(command: Command, name: str) -> int:
    (report,) = json.loads(command("connectors.lag", "--name", name, "--json"))
    assert report["connector"] == name
    return int(report["behind_bytes"])
