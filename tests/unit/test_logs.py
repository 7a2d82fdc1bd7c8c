"""Log records: lines for people, JSON for machines, and never a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand import logs
from lakestand.settings import Settings, credentials
from tests import ROOT

logger = logging.getLogger("lakestand.some.library")
SECRET = "correct horse battery staple"  # noqa: S105  so that a test can look for it


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    yield
    logs.configure("WARNING")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / ".env").write_text(f"LAKESTAND_ALERT_TOKEN={SECRET}\n")
    return Settings.load(tmp_path / ".env")


def test_a_warning_is_a_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("WARNING")
    logger.warning("%d records went to %s", 2, "orders.dead-letter")

    assert capsys.readouterr() == ("", "warning: 2 records went to orders.dead-letter\n")


@pytest.mark.parametrize(
    ("level", "verbose", "seen"),
    [
        *(("ERROR", False, ["error"]), ("WARNING", False, ["warning", "error"])),
        *(("INFO", False, ["info", "warning", "error"]), ("DEBUG", False, ["debug", "info", "warning", "error"])),
        *(("WARNING", True, ["info", "warning", "error"]), ("DEBUG", True, ["debug", "info", "warning", "error"])),
    ],
)
def test_what_is_seen_is_what_the_level_and_verbose_ask_for(
    level: str, verbose: bool, seen: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(level, verbose=verbose)
    for name in ("debug", "info", "warning", "error"):
        getattr(logger, name)("a text")

    assert capsys.readouterr().err.splitlines() == [f"{name}: a text" for name in seen]


def test_other_packages_are_seen_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("DEBUG")
    logging.getLogger("urllib3").debug("a request")
    logging.getLogger("urllib3").warning("a retry")

    assert capsys.readouterr().err == "warning: a retry\n"


def test_a_record_is_written_once_however_often_logging_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        logs.configure("INFO")
    logger.info("once")

    assert capsys.readouterr().err == "info: once\n"


def test_json_has_a_time_and_whatever_else_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("WARNING", as_json=True)
    logger.info("committed", extra={"table": "orders", "events": 3, "folder": Path("/x")})
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())

    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "lakestand.some.library",
        "message": "committed",
        "table": "orders",
        "events": 3,
        "folder": "/x",
    }


def test_json_keeps_a_trace_on_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("WARNING", as_json=True)
    logger.error("it failed", exc_info=ZeroDivisionError())
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())

    assert line["exception"].splitlines()[-1] == "ZeroDivisionError"


@pytest.mark.parametrize("as_json", [False, True], ids=["lines", "JSON"])
def test_a_secret_of_the_settings_is_hidden_wherever_it_stands(
    as_json: bool, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO", as_json=as_json)
    token = settings.alert_token.get_secret_value()
    logger.warning("refused with %s", token, extra={"header": f"Bearer {token}"})
    logger.error("it failed", exc_info=ValueError(token))
    printed = capsys.readouterr().err

    assert token == SECRET
    assert SECRET not in printed
    assert "refused with ***" in printed


def test_secrets_that_are_made_are_logged_by_name_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("DEBUG")
    made = credentials.ensure(tmp_path / ".env")
    printed = capsys.readouterr().err

    assert printed == f"info: making secrets in {tmp_path / '.env'}: {', '.join(Settings.secret_fields())}\n"
    assert [secret for secret in made.secrets() if secret in printed] == []


def test_only_faces_print() -> None:
    faces = ("tasks/", "measure/", "view.py", "logs.py", "__main__.py", "stand/container.py", "stand/artifacts/lock.py")
    source = ROOT / "src" / "lakestand"
    modules = {str(path.relative_to(source)): path.read_text() for path in source.rglob("*.py")}
    printing = [name for name, text in modules.items() if " print(" in text or "console.print(" in text]

    assert [name for name in printing if not any(face in name for face in faces)] == []
