"""MariaDB gives the events that MySQL gives: the same tests, from the other server."""

from __future__ import annotations

import json

import pytest

from lakestand import probe
from lakestand.sources import lag
from tests.fixtures.debezium_connector import SERVICES, ConnectedTable, Register
from tests.integration.test_connector_tasks import Command, command
from tests.integration.test_mysql_cdc import *  # noqa: F403  every test of it
from tests.integration.test_mysql_cdc import COLUMNS
from tests.integration.test_mysql_snapshots import *  # noqa: F403  every test of it

__all__ = ["command"]
pytestmark = pytest.mark.services("mariadb", *SERVICES)


@pytest.fixture(name="capture")
def capture_in_mariadb(debezium_connector: Register) -> ConnectedTable:
    """Return an empty table of MariaDB, whose connector is not registered yet."""
    return debezium_connector("mariadb", COLUMNS)


def test_the_tasks_register_its_connector_and_print_its_lag(capture: ConnectedTable, command: Command) -> None:
    name = capture.config.name
    options = ("--source", "mariadb", "--tables", capture.table, "--name", name, "--json")

    (report,) = json.loads(command("connectors.register", *options))
    capture.execute("INSERT INTO {t} (id) VALUES (1)")

    assert (report["connector"], report["database"], report["changed"]) == (name, "mariadb", True)
    assert [e.after for e in capture.events(1)] == [{"id": 1, "n": None, "note": None}]
    probe.until(lambda: _behind(capture) < 50_000, 30, "the end of the lag")  # other clients write too


def _behind(capture: ConnectedTable) -> float:
    behind = lag.read_lag(capture.road.settings, capture.config.name).behind_bytes
    return float("inf") if behind is None else behind
