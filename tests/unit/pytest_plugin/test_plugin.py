"""The pytest plugin without a stand: what it asks for, what it says, and what it costs who does not use it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand.pytest_plugin import plugin
from lakestand.settings import PREFIX
from tests.unit import plain

NEEDS = """
    import pytest

    def test_fixture(lakestand_postgres): ...
    @pytest.mark.lakestand("kafka", "minio")
    def test_mark(): ...
    @pytest.mark.lakestand("mysql")
    def test_both(lakestand_connector): ...
    def test_only_looks(lakestand): ...
    def test_none(): ...
"""


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the settings to a stand of which nothing runs."""
    monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv(f"{PREFIX}NAME", "none")


@pytest.fixture
def taken() -> Iterator[int]:
    """Yield a port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_test_needs_the_services_of_its_fixtures_and_marks(pytester: pytest.Pytester) -> None:
    items, _ = pytester.inline_genitems(pytester.makepyfile(NEEDS))

    assert {item.name: plugin.needed(item) for item in items} == {
        "test_fixture": ["postgres"],
        "test_mark": ["kafka", "minio"],
        "test_both": ["connect", "mysql"],
        "test_only_looks": [],
        "test_none": None,
    }


def test_every_fixture_of_the_plugin_has_its_services() -> None:
    fixtures = {name for name in vars(plugin) if name.startswith("lakestand")}

    assert fixtures == set(plugin.SERVICES)
    assert {name for names in plugin.SERVICES.values() for name in names} <= set(plain_services())


def test_a_service_that_does_not_run_is_a_skip_with_the_command(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(lakestand_postgres): ...")
    result = pytester.runpytest_subprocess("--lakestand=running", "-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*postgres is stopped; start with: lakestand up --only postgres"])


@pytest.mark.parametrize(("mode", "outcome"), [("auto", "skipped"), ("start", "errors")])
def test_a_service_that_cannot_start_is_one_message(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, taken: int, mode: str, outcome: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}INBOX_PORT", str(taken))
    pytester.makepyfile("import pytest\n@pytest.mark.lakestand('inbox')\ndef test_it(): ...")
    result = pytester.runpytest_subprocess(f"--lakestand={mode}", "-rsE")

    result.assert_outcomes(**{outcome: 1})
    assert f"port {taken} is taken by process" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_services_are_started_for_the_tests_and_stopped_after_them(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, port in zip(("INBOX", "SMTP", "WEBHOOK"), free_ports(3), strict=True):
        monkeypatch.setenv(f"{PREFIX}{name}_PORT", str(port))
    pytester.makepyfile("""
        import pytest
        pytestmark = pytest.mark.lakestand("inbox")
        def test_killed(lakestand):
            assert lakestand.state("inbox") == "ready"
            lakestand.kill("inbox")
            assert lakestand.state("inbox") == "stopped"
        def test_started_again(lakestand):
            assert lakestand.state("inbox") == "ready"
    """)
    pytester.runpytest_subprocess("--lakestand=start", "-p", "no:randomly").assert_outcomes(passed=2)
    after = pytester.makepyfile(test_after="def test_after(lakestand): assert lakestand.state('inbox') == 'stopped'")
    pytester.runpytest_subprocess("--lakestand=running", after).assert_outcomes(passed=1)


def test_a_project_that_needs_no_stand_pays_for_none(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys
        def test_it():
            assert [m for m in sys.modules if m.startswith("lakestand.") and "pytest_plugin" not in m] == []
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens now."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def plain_services() -> list[str]:
    """Return the names of all services."""
    from lakestand.stand.services import declare  # noqa: PLC0415

    return list(declare(plain.settings()))
