"""`invoke reconcile`: a database against its mirrors, and what the command says of drift and of what went wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from invoke import Program
from tasks import ns

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources.captured import SourceTable, captured_tables
from tests import ROOT
from tests.fixtures.mirrored import (
    COUNT,
    FROM,
    changed_in_one,
    changed_in_two,
    extra,
    filled_road,
    missing,
    plant,
    write,
)
from tests.fixtures.road import SERVICES, Road, road
from tests.integration.drift import Drift

pytestmark = pytest.mark.services(*SERVICES)

ONE = pytest.mark.parametrize("filled", [("postgres", "iceberg")], indirect=True, ids="-".join)


class TestDelta(Drift):
    """The tests of drift, on Delta's tables; those on Iceberg's are in test_cross_storage.py."""

    sink = "delta"


@pytest.fixture(scope="module", params=list(product(FROM, ("iceberg", "delta"))), ids="-".join)
def filled(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Road]:
    """Yield a road that has carried its rows, and whose mirror a test may rewrite."""
    with filled_road(settings, *request.param) as filled:
        yield filled


@pytest.fixture
def mirrored(filled: Road) -> Iterator[Road]:
    """Return the filled road, and restore its mirror afterwards."""
    before = filled.mirror()
    yield filled
    write(filled, before)


@ONE
def test_a_source_that_goes_away_while_it_is_read_is_one_message(filled: Road) -> None:
    readers = f"state = 'idle in transaction' AND query LIKE '%{filled.name}%'"

    def read() -> None:
        with filled.source.view(filled.table, filled.mirror().schema) as view:
            filled.source.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {readers}")
            list(view.chunks)

    with pytest.raises(ServiceError, match=r"^PostgreSQL: .*does it run\? invoke status$"):
        read()


def test_the_tables_that_connectors_read_are_known(filled: Road) -> None:
    database = filled.config.database

    assert SourceTable(database, filled.table) in captured_tables(filled.settings)
    assert SourceTable(database, filled.table) in captured_tables(filled.settings, database)


Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]


def arguments(road: Road, *more: str) -> list[str]:
    """Return the arguments of `invoke reconcile` for a road's table."""
    return ["reconcile", f"--table={road.table}", f"--sink={road.sink_kind}", f"--namespace={road.namespace}", *more]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command in this process and returns its exit code and output."""

    def run(road: Road, *more: str) -> Done:
        code = 0
        try:
            Program(namespace=ns).run(["invoke", *arguments(road, *more)])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(more, code, out, err)

    return run


@ONE
def test_a_shell_sees_the_difference_the_message_and_exit_code_1(mirrored: Road) -> None:
    plant(mirrored, missing(mirrored.mirror().to_pylist()))
    argv = [sys.executable, "-m", "invoke", *arguments(mirrored, "--json")]
    done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (1, "error: source and mirror differ\n")
    assert json.loads(done.stdout)["tables"][0]["missing"] == [[7], [99]]


def test_the_command_ends_with_0_when_all_is_equal(filled: Road, command: Command) -> None:
    done = command(filled, "--json")

    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    (table,) = report["tables"]
    assert (report["equal"], report["without_key"]) == (True, [])
    assert (table["table"], table["sink"], table["source_rows"]) == (filled.table, filled.sink_kind, COUNT)
    assert table["mirror_at"] == filled.versions()[0]


def test_the_command_prints_the_difference_as_json_and_ends_with_1(mirrored: Road, command: Command) -> None:
    rows = mirrored.mirror().to_pylist()
    plant(mirrored, changed_in_two(missing(rows)))
    done = command(mirrored, "--json")
    (table,) = json.loads(done.stdout)["tables"]

    assert (done.returncode, done.stderr) == (1, "error: source and mirror differ\n")
    assert (table["missing"], table["changed"]) == ([[7], [99]], {"name": 1, "amount": 1})
    assert (table["changed_first"], table["equal"]) == ([[[8], ["name", "amount"]]], False)


def test_the_command_shows_what_differs_to_people(mirrored: Road, command: Command) -> None:
    plant(mirrored, extra(changed_in_one(mirrored.mirror().to_pylist())))
    done = command(mirrored)

    assert (done.returncode, done.stderr) == (1, "error: source and mirror differ\n")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[-3:] == ["extra: (-1), (1000)", "changed: name in 1", "changed: (7) in name"]


def test_the_command_needs_no_connector_for_a_table_with_its_source(filled: Road, command: Command) -> None:
    done = command(filled, f"--source={filled.config.database}")

    assert (done.returncode, done.stderr) == (0, "")


@ONE
def test_the_command_refuses_a_table_that_is_not_there(filled: Road, command: Command) -> None:
    other = Road(**{**vars(filled), "table": "shop.nowhere"})
    done = command(other, f"--source={filled.config.database}")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no table shop.nowhere; there are: ")
    assert filled.table in done.stderr


def test_a_table_without_a_key_is_named_and_not_compared(settings: Settings, command: Command) -> None:
    with road(settings, "postgres", "delta", "n INT") as route:
        done = command(route, "--source=postgres", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"equal": True, "tables": [], "without_key": [route.table]}


def test_a_value_that_the_mirror_cannot_hold_is_one_message(settings: Settings, command: Command) -> None:
    with road(settings, "mysql", "iceberg", "id INT PRIMARY KEY, n INT") as route:
        route.source.execute(f"INSERT INTO {route.table} VALUES (1, 1)")
        route.register()
        route.carry(1)
        route.source.execute(f"ALTER TABLE {route.table} MODIFY n VARCHAR(9)")
        route.source.execute(f"UPDATE {route.table} SET n = 'one'")
        done = command(route)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {route.table} holds what no column of its mirror can: ")
    assert len(done.stderr.splitlines()) == 1
