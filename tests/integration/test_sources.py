"""What the stand asks of a source database, whatever its tables and columns are called."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import SecretStr

from lakestand.lake.names import TableName
from lakestand.settings import Settings
from lakestand.sources import signals
from lakestand.sources.database import Database
from lakestand.sources.databases import DATABASES, open_database
from lakestand.sources.presets import for_postgres
from lakestand.stand.services import declare
from tests.fixtures.alerting import running
from tests.integration.test_connector_refusals import alone
from tests.unit.stand.toy import free_port

pytestmark = pytest.mark.services("postgres", "mysql")

COLUMNS = ("Select", "a`b", 'c"d', "50%s", "é ?", "x{c}y")
ROWS = pa.table([[1, 2], *([name, None] for name in COLUMNS[1:])], names=COLUMNS)


@pytest.fixture(params=["postgres", "mysql"])
def source(request: pytest.FixtureRequest, settings: Settings) -> Database:
    """Open each source database of the stand."""
    return open_database(settings, request.param)


@pytest.fixture
def table(source: Database) -> Iterator[str]:
    """Create a table of COLUMNS, the first of which is its key; its name needs quotes too."""
    name = f'{source.schema}.It\'s `50%s` of "{uuid.uuid4().hex[:8]}"'
    columns = [f"{source.quote(c)} {'VARCHAR(20)' if n else 'INT PRIMARY KEY'}" for n, c in enumerate(COLUMNS)]
    source.execute(f"CREATE TABLE {source.quote(name)} ({', '.join(columns)})")
    yield name
    source.execute(f"DROP TABLE {source.quote(name)}")


def test_a_table_is_known_by_its_name_as_it_is(source: Database, table: str) -> None:
    assert str(TableName.parse(table)) in source.tables()
    assert source.columns(table) == list(COLUMNS)
    assert source.key(table) == ["Select"]


def test_rows_that_are_loaded_are_read_again(source: Database, table: str) -> None:
    source.load(table, ROWS)

    assert pa.concat_tables(source.chunks(table, ROWS.schema)).sort_by("Select") == ROWS


def test_a_signal_table_may_have_any_name(settings: Settings, source: Database, table: str) -> None:
    name = f"{table} signals"
    config = for_postgres(settings, [table], signal_table=name)
    signals.prepare(source, name)
    columns = source.columns(name)
    identity = signals.snapshot(source, config, [table])
    rows = pa.concat_tables(source.chunks(name, pa.schema([("id", pa.string()), ("type", pa.string())])))
    source.execute(f"DROP TABLE {source.quote(name)}")

    assert columns == ["id", "type", "data"]
    assert rows.to_pylist() == [{"id": identity, "type": "execute-snapshot"}]


def test_password_and_database_may_hold_any_character(settings: Settings, source: Database, tmp_path: Path) -> None:
    odd = {"password": SecretStr("it's \\b\\' 100% `\"$"), "database": "it's `50%s` \""}
    fields = {f"{kind}_{name}": value for kind in ("postgres", "mysql") for name, value in odd.items()}
    ports = {f"{name}_port": free_port() for name in DATABASES}
    own = settings.model_copy(update=fields | ports | {"state_dir": tmp_path})
    (name,) = [name for name, kind in DATABASES.items() if type(source) is kind]

    service = replace(declare(own)[name], optional=False)  # MariaDB is started by name only
    with running(alone(service, tmp_path)):  # it is ready when it has let in
        open_database(own, name).execute("CREATE TABLE t (id INT)")
        tables = open_database(own, name).tables()

    assert tables == [str(TableName(open_database(own, name).schema, "t"))]
