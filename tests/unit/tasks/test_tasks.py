"""The tasks as a user meets them: every mistake is one line, and JSON is nothing but JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lakestand.settings import PREFIX, Settings
from lakestand.stand.services import declare
from tests import ROOT
from tests.unit import plain
from tests.unit.tasks.command import Invoke, command
from tests.unit.tasks.declared import TASKS

pytestmark = pytest.mark.usefixtures("own_stand")


def test_the_list_names_every_task_with_its_sentence() -> None:
    done = command("--list", "--list-format", "json")

    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads(done.stdout)
    assert all(task["help"] for task in listed["tasks"])
    assert len(listed["tasks"]) + sum(len(c["tasks"]) for c in listed["collections"]) == len(TASKS)


UNKNOWN = f"error: there is no service xyzzy; there are: {', '.join(declare(plain.settings()))}\n"


def test_a_shell_sees_one_line_and_exit_code_1_for_an_unknown_service() -> None:
    done = command("up", "--only", "xyzzy")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", UNKNOWN)


@pytest.mark.parametrize("task", ["restart", "logs"])
def test_an_unknown_service_is_one_line_and_exit_code_1(invoke: Invoke, task: str) -> None:
    done = invoke(task, "xyzzy")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", UNKNOWN)


def test_an_unknown_setting_is_one_line_and_exit_code_1(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKESTAND_KAFKA_PROT", "1")
    done = invoke("status")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: unknown setting LAKESTAND_KAFKA_PROT: did you mean LAKESTAND_KAFKA_PORT?\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--source", "oracle"), "error: no source oracle; there are: postgres, mysql, mariadb\n"),
        (("--name", "mine"), "error: --tables and --name need --source\n"),
    ],
    ids=["unknown source", "name without source"],
)
def test_a_connector_that_cannot_be_meant_is_refused(invoke: Invoke, arguments: tuple[str, ...], error: str) -> None:
    done = invoke("connectors.register", *arguments)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", error)


@pytest.mark.parametrize(
    "task",
    [
        *("connectors.list", "topics.list", "buckets.list", "connectors.register"),
        *("alerts.list", "inbox.list", "inbox.wait", "inbox.clear", "schemas.list", "schemas.compat"),
    ],
)
def test_a_stopped_service_is_one_line_with_what_helps(invoke: Invoke, task: str) -> None:
    done = invoke(task)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"error: .*invoke (up|status).*\n", done.stderr)


def test_status_of_a_stopped_stand_is_all_stopped(invoke: Invoke) -> None:
    done = invoke("status", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert {row["service"]: row["state"] for row in json.loads(done.stdout)} == dict.fromkeys(
        declare(plain.settings()), "stopped"
    )


def test_down_of_a_stopped_stand_leaves_nothing_behind(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("down", "--volumes")

    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("task", ["status", "env", "graph", "settings"])
def test_looking_at_a_stand_makes_no_file(invoke: Invoke, task: str, tmp_path: Path) -> None:
    done = invoke(task)

    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("task", ["env", "settings", "graph", "status"])
def test_no_task_prints_a_secret(invoke: Invoke, task: str) -> None:
    done = invoke(task)

    assert (done.returncode, done.stderr) == (0, "")
    assert plain.SECRET not in done.stdout
    assert done.stdout.strip()


def test_settings_lists_every_setting_with_its_sentence(invoke: Invoke) -> None:
    done = invoke("settings", "--json")
    listed = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert [row["variable"] for row in listed] == [PREFIX + name.upper() for name in Settings.model_fields]
    assert all(row["description"] for row in listed)


def test_env_is_lines_that_a_shell_reads(invoke: Invoke, offset: str) -> None:
    done, as_json = invoke("env"), invoke("env", "--json")
    lines = dict(line.split("=", 1) for line in done.stdout.splitlines())

    assert (done.returncode, done.stderr, as_json.returncode, as_json.stderr) == (0, "", 0, "")
    assert lines["PGPORT"] == str(5432 + int(offset))
    assert lines == json.loads(as_json.stdout)


def test_restart_of_a_service_that_is_not_known_starts_nothing(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("restart", "xyzzy")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", UNKNOWN)
    assert not (tmp_path / "state" / "lakestand").exists()


@pytest.mark.parametrize("heavy", ["pyarrow", "pandas", "polars", "duckdb", "pyiceberg", "deltalake"])
def test_a_task_pays_only_for_what_it_uses(heavy: str) -> None:
    code = f"import sys, tasks; print({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)

    assert done.stdout == "False\n"
