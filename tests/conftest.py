"""Rules for every test: which services it needs, who starts them, and what a failure reports."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

import pytest

from lakestand.errors import LakestandError
from lakestand.pytest_plugin.evidence import Evidence
from lakestand.settings import Settings
from lakestand.stand import checkout
from lakestand.stand.leases import Leases
from lakestand.stand.stack import Stack

# Before anything of these is imported: a failed assert in a helper shows its values as one in a test does.
pytest.register_assert_rewrite("tests.fixtures", "tests.integration", "tests.e2e", "tests.performance", "tests.unit")

pytest_plugins = [
    "pytester",
    "tests.fixtures.dealing",
    "tests.fixtures.iceberg_catalog",
    "tests.fixtures.delta_spark",
    "tests.fixtures.alerting",
    "tests.fixtures.schema_registry",
    "tests.fixtures.debezium_connector",
]

LEASE = f"pytest-{os.getpid()}"
EVIDENCE = pytest.StashKey[Evidence]()
NO_STAND = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stand",
        action="store_true",
        help="start the services that the chosen tests need, and stop them at the end unless they ran before; "
        "a skipped test fails the run",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "services(*names): the services that a test needs")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Each xdist worker takes a lease of its own: the first starts, the last stops."""
    gc.freeze()  # modules and tests are no garbage: looking through them again and again takes a twentieth of the time
    names = sorted({name for item in session.items for name in needed(item)})
    if names and session.config.getoption("--stand") and not session.config.option.collectonly:
        try:
            Leases(Settings.load(), checkout.prepare(names, print)).acquire(LEASE, names, pid=os.getpid())
        except LakestandError as err:
            session.config.stash[NO_STAND] = str(err)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if not session.config.getoption("--stand"):
        return
    Leases(Settings.load(), checkout.stack(Settings.load())).release(LEASE)
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        reporter.write_line("a skipped test is a failure here (--stand)", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def needed(item: pytest.Item) -> list[str]:
    """What the marks of a test, its class and its module ask for."""
    return [name for mark in item.iter_markers("services") for name in mark.args]


def pytest_runtest_setup(item: pytest.Item) -> None:
    names = needed(item)
    if not names:
        return
    if no_stand := item.session.config.stash.get(NO_STAND, None):
        if "PYTEST_XDIST_WORKER" in os.environ:  # a worker must not exit
            pytest.fail(no_stand, pytrace=False)
        pytest.exit(no_stand, pytest.ExitCode.USAGE_ERROR)
    stack = item.session.config.stash.setdefault(STACK, checkout.stack(Settings.load()))
    missing = {n: state for n in names if (state := stack.state(stack.services[n])) != "ready"}
    if missing:
        say = pytest.fail if item.config.getoption("--stand") else pytest.skip
        options = " ".join(f"--only {n}" for n in missing)
        say(f"{missing}; start with: invoke up {options}")
    item.stash[EVIDENCE] = Evidence.begin(stack, names, Settings.load())


STACK = pytest.StashKey[Stack]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test carries what its services said meanwhile."""
    report = yield
    if report.failed and (evidence := item.stash.get(EVIDENCE, None)):
        report.sections.extend(evidence.sections())
    return report


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of the running stand."""
    return Settings.load()


@pytest.fixture(scope="session")
def stack(settings: Settings) -> Stack:
    """The running stand."""
    return checkout.stack(settings)
