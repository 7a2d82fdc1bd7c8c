"""MariaDB's tables against their mirrors: `invoke reconcile` knows them for MariaDB's, and reads them from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources.captured import SourceTable, captured_tables
from lakestand.sources.databases import open_database
from lakestand.sources.mysql import MariaDB
from tests.fixtures.mirrored import COUNT, extra, filled_road, plant
from tests.fixtures.road import SERVICES, Road, road
from tests.integration.drift import Drift
from tests.integration.test_reconcile import Command, command
from tests.unit.stand.toy import free_port

__all__ = ["command"]
pytestmark = pytest.mark.services("mariadb", *SERVICES)


class TestMariaDB(Drift):
    """The tests of drift, from MariaDB."""

    sink = "iceberg"

    @pytest.fixture(scope="class")
    @classmethod
    def filled(cls, settings: Settings) -> Iterator[Road]:
        """Yield a road that has carried its rows, and whose mirror a test may rewrite."""
        with filled_road(settings, "mariadb", cls.sink) as filled:
            yield filled


@pytest.fixture(scope="module")
def filled(settings: Settings) -> Iterator[Road]:
    """Yield a road from MariaDB that has carried its rows, beside a table of the same name in MySQL."""
    with filled_road(settings, "mariadb", "delta") as filled:
        mysql = open_database(settings, "mysql")
        mysql.execute(f"CREATE TABLE {filled.table} (id INT PRIMARY KEY)")
        yield filled
        mysql.execute(f"DROP TABLE {filled.table}")


def test_mariadb_is_opened_by_its_name(settings: Settings) -> None:
    open_database(settings, "mariadb").execute("CREATE OR REPLACE TABLE of_mariadb (id UUID)")  # in MySQL two errors
    tables = [open_database(settings, name).tables() for name in ("mariadb", "mysql")]
    open_database(settings, "mariadb").execute("DROP TABLE of_mariadb")

    assert [f"{settings.mysql_database}.of_mariadb" in names for names in tables] == [True, False]


def test_a_connector_says_by_its_class_that_a_table_is_mariadbs(filled: Road) -> None:
    assert [table for table in captured_tables(filled.settings) if table.table == filled.table] == [
        SourceTable("mariadb", filled.table)
    ]
    assert SourceTable("mariadb", filled.table) in captured_tables(filled.settings, "mariadb")


def test_the_command_compares_it_without_naming_its_database(filled: Road, command: Command) -> None:
    equal = command(filled, "--json")
    plant(filled, extra(filled.mirror().to_pylist()))
    drifted = command(filled)

    assert (equal.returncode, equal.stderr) == (0, "")
    assert f'"source_rows": {COUNT}' in equal.stdout
    assert (drifted.returncode, drifted.stderr) == (1, "error: source and mirror differ\n")
    assert f"{filled.table}, mariadb → delta: GTID " in drifted.stdout
    assert "extra: (-1), (1000)" in drifted.stdout


def test_the_command_compares_it_when_it_is_named_with_its_source(settings: Settings, command: Command) -> None:
    with road(settings, "mariadb", "iceberg", "id INT PRIMARY KEY") as route:
        route.source.execute(f"INSERT INTO {route.table} VALUES (1)")
        done = command(route, "--source=mariadb", "--json")

    assert (done.returncode, done.stderr) == (1, "error: source and mirror differ\n")
    assert '"database": "mariadb"' in done.stdout
    assert '"missing_rows": 1' in done.stdout


def test_an_error_of_mariadb_names_mariadb(settings: Settings) -> None:
    away = settings.with_ports(mariadb=free_port())

    with pytest.raises(ServiceError, match=r"^MariaDB: .*does it run\? invoke up --only mariadb$"):
        MariaDB(away).tables()
