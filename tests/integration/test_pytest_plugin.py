"""The pytest plugin, in a pytest of its own on the real stand: what it gives to a test, and what is left of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from lakestand.clients import kafka, s3
from lakestand.lake import store
from lakestand.settings import PREFIX, Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.postgres import Postgres

SERVICES = ("postgres", "mysql", "connect", "minio", "iceberg-rest")
pytestmark = pytest.mark.services(*SERVICES)

OWN_NAMES = """
    import json, pathlib, pytest

    @pytest.mark.parametrize("n", [1, 2])
    def test_names(
        lakestand_postgres, lakestand_mysql, lakestand_kafka, lakestand_s3, lakestand_iceberg, lakestand_delta, n
    ):
        lakestand_postgres.execute("CREATE TABLE t (id INT)")
        lakestand_mysql.execute("CREATE TABLE t (id INT)")
        topic = lakestand_kafka.create_topic("t")
        own = (lakestand_postgres.name, lakestand_mysql.name, topic, lakestand_s3.name, lakestand_iceberg.name)
        pathlib.Path(f"names-{n}").write_text(json.dumps([*own, lakestand_delta.url]))
"""
CAPTURED = """
    def test_capture(lakestand_{database}, lakestand_connector, lakestand_pipeline):
        database = lakestand_{database}
        database.execute("CREATE TABLE orders (id INT PRIMARY KEY, state VARCHAR(9))")
        database.execute("INSERT INTO orders VALUES (1, 'new')")
        connector = lakestand_connector(database, "orders")
        database.execute("UPDATE orders SET state = 'paid'")
        events = connector.events("orders", 2)
        assert [(e["op"], e["after"]["state"]) for e in events] == [("r", "new"), ("u", "paid")]

        pipeline = lakestand_pipeline(connector, "{table_format}")
        pipeline.catch_up()
        assert pipeline.rows("orders") == [{{"id": 1, "state": "paid"}}]
        assert sorted(row["_op"] for row in pipeline.rows("orders_changelog")) == ["r", "u"]
"""
FAILS = """
    def test_fails(lakestand_postgres):
        lakestand_postgres.execute("DO $$ BEGIN RAISE LOG 'a line of the log'; END $$")
        assert lakestand_postgres.execute("SELECT 1") == [(2,)]
"""


@pytest.fixture(autouse=True)
def the_stand_that_runs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pytest in another folder use this stand: its settings and secrets go by the environment."""
    for name, value in {**dict(settings), "state_dir": settings.state_dir.absolute()}.items():
        monkeypatch.setenv(
            PREFIX + name.upper(), value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        )


def test_each_test_has_names_of_its_own_and_nothing_of_them_is_left(
    pytester: pytest.Pytester, settings: Settings
) -> None:
    pytester.makepyfile(OWN_NAMES)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)

    names = [name for n in (1, 2) for name in json.loads(Path(pytester.path, f"names-{n}").read_text())]
    assert len(set(names)) == 12
    assert set(names) & everything(settings) == set()


@pytest.mark.parametrize(("database", "table_format"), [("postgres", "iceberg"), ("mysql", "delta")])
def test_a_connector_and_a_pipeline_carry_a_table_and_are_removed(
    pytester: pytest.Pytester, settings: Settings, database: str, table_format: str
) -> None:
    before = set(DebeziumClient(settings.connect_url).list_connectors())
    pytester.makepyfile(CAPTURED.format(database=database, table_format=table_format))
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)

    assert {name for name in left(settings, before) if name.startswith("test_")} == set()


def test_a_failed_test_carries_what_its_services_logged(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["* log of postgres *", "*a line of the log*"])


def everything(settings: Settings) -> set[str]:
    """Return the names of all databases, topics, buckets and namespaces."""
    databases = {row[0] for row in Postgres(settings)._rows("SELECT datname FROM pg_database")}  # noqa: SLF001
    topics = {topic.name for topic in kafka.topic_sizes(settings)}
    namespaces = {".".join(name) for name in store.iceberg(settings).list_namespaces()}
    return databases | topics | namespaces | set(s3.list_buckets(settings))


def left(settings: Settings, before: set[str]) -> set[str]:
    """Return what there is beside the connectors *before*: connectors, topics, databases, namespaces."""
    return set(DebeziumClient(settings.connect_url).list_connectors()) - before | everything(settings)
