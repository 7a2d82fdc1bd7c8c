"""What the examination before a registration finds in real databases, and that what it names as help does help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pydantic import SecretStr

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources import preflight
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import Database
from lakestand.sources.databases import open_database
from lakestand.sources.findings import Finding, errors, warnings
from lakestand.sources.presets import for_mysql, for_postgres
from lakestand.sources.registration import register, remove
from tests.fixtures.unique import unique

pytestmark = pytest.mark.services("postgres", "mysql", "connect")

Make = Callable[..., str]


@pytest.fixture
def make(settings: Settings) -> Iterator[Make]:
    """Return a function that runs statements around a new table's name, {t}, and drops what was made afterwards."""
    with ExitStack() as stack:

        def create(database: str, *statements: str, undo: tuple[str, ...] = ("DROP TABLE IF EXISTS {t}",)) -> str:
            source = open_database(settings, database)
            table = f"{source.schema}.{unique('preflight')}"
            for statement in reversed(undo):
                stack.callback(source.execute, statement.replace("{t}", table))
            for statement in statements:
                source.execute(statement.replace("{t}", table))
            return table

        yield create


def found(config: DebeziumConnectorConfig, severity: str) -> list[Finding]:
    select = {"error": errors, "warning": warnings}[severity]
    return select(preflight.examine(config, known=False))


def test_a_table_without_replica_identity_is_warned_of_until_it_has_one(settings: Settings, make: Make) -> None:
    table = make("postgres", "CREATE TABLE {t} (a INT)")
    config = for_postgres(settings, [table], name="never")

    (finding,) = [each for each in found(config, "warning") if "refuses every UPDATE and DELETE" in each.text]
    assert finding.table == table

    open_database(settings, "postgres").execute(finding.help)
    assert [each for each in found(config, "warning") if "replica identity" in each.text] == []


def test_an_enum_without_labels_is_warned_of_by_its_column(settings: Settings, make: Make) -> None:
    name = unique("mood")
    table = make(
        "postgres",
        f"CREATE TYPE {name} AS ENUM ()",
        f"CREATE TABLE {{t}} (id INT PRIMARY KEY, feeling {name})",
        undo=(f"DROP TYPE IF EXISTS {name} CASCADE", "DROP TABLE IF EXISTS {t}"),
    )

    (finding,) = found(for_postgres(settings, [table], name="never"), "warning")

    assert (finding.table, finding.column, finding.help) == (table, "feeling", f"ALTER TYPE {name} ADD VALUE 'label'")


def test_cascades_of_mysql_are_warned_of_by_the_foreign_key(settings: Settings, make: Make) -> None:
    parent = make("mysql", "CREATE TABLE {t} (id INT PRIMARY KEY)")
    child = make(
        "mysql",
        f"CREATE TABLE {{t}} (id INT PRIMARY KEY, p INT, CONSTRAINT fk_{unique('x')} FOREIGN KEY (p) "
        f"REFERENCES {parent} (id) ON DELETE CASCADE)",
    )

    (finding,) = found(for_mysql(settings, [parent, child], name="never"), "warning")

    assert finding.table == child
    assert "(ON DELETE CASCADE, ON UPDATE " in finding.text
    assert "never in the binary log" in finding.text


def test_partial_json_in_the_binary_log_is_refused_until_it_is_off(settings: Settings, make: Make) -> None:
    table, source = make("mysql", "CREATE TABLE {t} (id INT PRIMARY KEY)"), open_database(settings, "mysql")
    config = for_mysql(settings, [table], name="never")
    source.execute("SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'")
    try:
        with pytest.raises(ServiceError, match=r"binlog_row_value_options = PARTIAL_JSON, .*SET GLOBAL .* = ''$"):
            preflight.check(config, known=False)
    finally:
        source.execute("SET GLOBAL binlog_row_value_options = ''")
    assert found(config, "error") == []


ROLE = ("CREATE ROLE {role} LOGIN PASSWORD 'x'", "DROP OWNED BY {role}", "DROP ROLE {role}")
USER = ("CREATE USER '{role}'@'%' IDENTIFIED WITH mysql_native_password BY 'x'", "DROP USER '{role}'@'%'")


@pytest.mark.parametrize(
    ("database", "statements", "wanted"),
    [
        ("postgres", ROLE, ["may not replicate", "may not read it", "may not make publication"]),
        ("mysql", USER, ["lacks RELOAD, REPLICATION SLAVE, REPLICATION CLIENT", "may not read it"]),
    ],
)
def test_a_user_with_the_grants_that_were_named_streams(
    settings: Settings, make: Make, database: str, statements: tuple[str, ...], wanted: list[str]
) -> None:
    role, source = unique("cdc"), open_database(settings, database)
    create, *drop = (statement.format(role=role) for statement in statements)
    table = make(database, create, "CREATE TABLE {t} (id INT PRIMARY KEY)", undo=("DROP TABLE {t}", *drop))
    configure = {"postgres": for_postgres, "mysql": for_mysql}[database]
    config = configure(
        settings,
        [table],
        name=unique("cdc"),
        database_user=role,
        database_password=SecretStr("x"),
        heartbeat_interval_ms=0,
    )

    refused = found(config, "error")
    assert [text for finding, text in zip(refused, wanted, strict=True) if text in finding.text] == wanted
    grant(source, refused)
    try:
        assert register(settings, config)
        assert errors(preflight.examine(config, known=True)) == []
    finally:
        remove(settings, config)


def grant(source: Database, refused: list[Finding]) -> None:
    """Run the statements that the findings name."""
    for finding in refused:
        for statement in finding.help.removeprefix("As the tables' owner: ").split("; "):
            source.execute(statement)
