"""What pytest loads: options, marker and fixtures; services start when a collected test asks for them.

Pytest imports this module in every run of an environment that has lakestand, so it imports nothing of the stand itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lakestand.pytest_plugin.capture import ConnectorFactory
    from lakestand.pytest_plugin.databases import MySQLDatabase, PostgresDatabase
    from lakestand.pytest_plugin.lake import DeltaFolder, IcebergNamespace, PipelineFactory
    from lakestand.pytest_plugin.service_use import ServiceUse
    from lakestand.pytest_plugin.stand import Stand
    from lakestand.pytest_plugin.store import Bucket
    from lakestand.pytest_plugin.topics import Kafka

USE: pytest.StashKey[ServiceUse] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --lakestand and lakestand_services."""
    parser.getgroup("lakestand").addoption(
        "--lakestand",
        choices=("auto", "running", "start"),
        default="auto",
        help="services that tests need: start them, stop them at the end, and skip the tests where one cannot start "
        "(auto) or fail them (start); or start none, and skip tests whose services do not run (running)",
    )
    text = "services to start whenever a test needs the stand, beside those that its fixtures and marks need"
    parser.addini("lakestand_services", text, type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "lakestand(*services): services of the stand that a test needs")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start what the collected tests need; each xdist worker holds it, and the last one stops it."""
    asked = [names for item in session.items if (names := needed(item)) is not None]
    if not asked:
        return
    from lakestand.pytest_plugin.service_use import ServiceUse

    config = session.config
    use = config.stash[USE] = ServiceUse(config.rootpath, config.getoption("--lakestand"))
    reporter = config.pluginmanager.getplugin("terminalreporter")
    names = sorted({*config.getini("lakestand_services"), *(name for some in asked for name in some)})
    if names and not config.option.collectonly:
        use.begin(names, reporter.write_line if reporter else lambda _: None)


def needed(item: pytest.Item) -> list[str] | None:
    """Return the services that the fixtures and the marks of a test need; None when it has nothing of the stand."""
    by_fixtures = [SERVICES[name] for name in getattr(item, "fixturenames", ()) if name in SERVICES]
    by_marks = [mark.args for mark in item.iter_markers("lakestand")]
    return [name for names in (*by_fixtures, *by_marks) for name in names] if by_fixtures or by_marks else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """See that the services of a test are ready, and start again what an earlier test has killed."""
    if (names := needed(item)) is not None:
        item.config.stash[USE].check(item, names)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test what its services logged, and the state of connectors and slots."""
    report = yield
    if report.failed and (use := item.config.stash.get(USE, None)):
        report.sections.extend(use.evidence(item))
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop what was started for these tests and nobody else uses."""
    if use := session.config.stash.get(USE, None):
        use.end()


@pytest.fixture(scope="session")
def lakestand(request: pytest.FixtureRequest) -> Stand:
    """The running stand: its addresses, and its services to stop, kill and pause."""
    use: ServiceUse | None = request.config.stash.get(USE, None)
    if use is None:  # asked for by request.getfixturevalue alone
        pytest.fail('say which services the test needs: @pytest.mark.lakestand("kafka")', pytrace=False)
    return use.stand


@pytest.fixture
def lakestand_postgres(lakestand: Stand) -> Iterator[PostgresDatabase]:
    """A PostgreSQL database of the test's own, dropped afterwards with its replication slots."""
    from lakestand.pytest_plugin import databases

    with databases.postgres(lakestand.settings) as database:
        yield database


@pytest.fixture
def lakestand_mysql(lakestand: Stand) -> Iterator[MySQLDatabase]:
    """A MySQL database of the test's own, dropped afterwards."""
    from lakestand.pytest_plugin import databases

    with databases.mysql(lakestand.settings) as database:
        yield database


@pytest.fixture
def lakestand_kafka(lakestand: Stand) -> Iterator[Kafka]:
    """Kafka, with a prefix of the test's own; topics and groups that begin with it are deleted afterwards."""
    from lakestand.pytest_plugin import topics

    with topics.kafka(lakestand.settings) as kafka:
        yield kafka


@pytest.fixture
def lakestand_s3(lakestand: Stand) -> Iterator[Bucket]:
    """A bucket of the test's own in the object store, deleted afterwards with all that is in it."""
    from lakestand.pytest_plugin import store

    with store.bucket(lakestand.settings) as bucket:
        yield bucket


@pytest.fixture
def lakestand_connector(lakestand: Stand) -> Iterator[ConnectorFactory]:
    """A function that captures tables: `lakestand_connector(lakestand_postgres, "orders")` returns when it streams."""
    from lakestand.pytest_plugin import capture

    with capture.connectors(lakestand.settings) as factory:
        yield factory


@pytest.fixture
def lakestand_iceberg(lakestand: Stand) -> Iterator[IcebergNamespace]:
    """A namespace of the test's own in the Iceberg catalogue, dropped afterwards with its tables."""
    from lakestand.pytest_plugin import lake

    with lake.iceberg(lakestand.settings) as namespace:
        yield namespace


@pytest.fixture
def lakestand_delta(lakestand: Stand) -> Iterator[DeltaFolder]:
    """A folder of the test's own in the bucket of Delta tables, deleted afterwards with its tables."""
    from lakestand.pytest_plugin import lake

    with lake.delta(lakestand.settings) as folder:
        yield folder


@pytest.fixture
def lakestand_pipeline(lakestand: Stand) -> Iterator[PipelineFactory]:
    """A function that carries what a connector captures into tables: `lakestand_pipeline(connector, "iceberg")`."""
    from lakestand.pytest_plugin import lake

    with lake.pipelines(lakestand.settings) as factory:
        yield factory


# Fixture → the services that it needs, beside those of the fixtures that a test gives to it.
SERVICES = {
    "lakestand": (),
    "lakestand_postgres": ("postgres",),
    "lakestand_mysql": ("mysql",),
    "lakestand_kafka": ("kafka",),
    "lakestand_s3": ("minio",),
    "lakestand_connector": ("connect",),
    "lakestand_iceberg": ("minio", "iceberg-rest"),
    "lakestand_delta": ("minio",),
    "lakestand_pipeline": ("connect", "minio", "iceberg-rest"),
}
