"""The tasks as a user meets them: every one explained, every mistake one line, JSON and nothing else."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest
from invoke import Collection, Program

from lakestand.settings import PREFIX, Settings
from lakestand.stand.configs import ROOT
from lakestand.stand.runtimes.ports import free_offset
from lakestand.stand.services import declare
from tests.unit import plain

TASKS = [
    *(
        "demo",
        "doctor",
        "down",
        "env",
        "fetch",
        "graph",
        "logs",
        "reconcile",
        "reset",
        "restart",
        "settings",
        "status",
        "up",
    ),
    *("compose.build", "compose.config", "compose.engine"),
    *("buckets.init", "buckets.list", "topics.list", "connectors.delete", "connectors.list"),
    *(
        "connectors.lag",
        "connectors.offsets",
        "connectors.register",
        "connectors.restart",
        "connectors.snapshot",
        "connectors.status",
    ),
    *("iceberg.maintain", "iceberg.snapshots", "iceberg.tables", "pipeline.run"),
    *("delta.history", "delta.maintain", "delta.restore", "delta.tables"),
    *("alerts.list", "alerts.send", "alerts.silence", "inbox.clear", "inbox.list", "inbox.wait"),
    *("schemas.check", "schemas.compat", "schemas.list", "schemas.register", "schemas.show"),
]
Done = subprocess.CompletedProcess[str]


def namespace() -> Collection:
    spec = importlib.util.spec_from_file_location("the_tasks", ROOT / "tasks.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Collection = module.ns
    return found


NAMESPACE = namespace()
# Asked once: Invoke takes a help text out of its task when it hands it over.
ARGUMENTS = {name: {a.name: a.help for a in NAMESPACE[name].get_arguments()} for name in TASKS}
WITH_JSON = [
    *("up", "status", "doctor", "env", "settings", "demo", "reconcile", "topics.list", "buckets.init", "buckets.list"),
    *("connectors.lag", "connectors.list", "connectors.offsets", "connectors.register", "connectors.status"),
    *("iceberg.maintain", "iceberg.snapshots", "iceberg.tables"),
    *("delta.history", "delta.maintain", "delta.tables"),
    *("alerts.list", "inbox.list", "inbox.wait"),
    *("schemas.check", "schemas.list", "schemas.register", "schemas.show"),
]


@pytest.fixture(scope="session")
def offset() -> str:
    taken = [port for service in declare(plain.settings()).values() for port in service.ports]
    return str(free_offset(taken))


@pytest.fixture(autouse=True)
def own_stand(tmp_path: Path, offset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand of its own: nothing of the user's, nothing that runs."""
    own = {"STATE_DIR": str(tmp_path / "state"), "CACHE_DIR": str(tmp_path / "cache"), "PORT_OFFSET": offset}
    for name, value in (own | {secret.upper(): plain.SECRET for secret in Settings.secret_fields()}).items():
        monkeypatch.setenv(PREFIX + name, value)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}{os.pathsep}{ROOT}")
    monkeypatch.chdir(tmp_path)


def command(*arguments: str) -> Done:
    """`invoke`, as a user's shell runs it."""
    argv = [sys.executable, "-m", "invoke", "--search-root", str(ROOT), *arguments]
    return subprocess.run(argv, check=False, capture_output=True, text=True)


class Invoke(Protocol):
    """`invoke` in this process: for what needs no shell, ten times as fast."""

    def __call__(self, *arguments: str) -> Done:
        """How it ended, and what it printed."""


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    def run(*arguments: str) -> Done:
        code = 0
        try:
            Program(namespace=NAMESPACE).run(["invoke", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run


def test_the_tasks_are_these() -> None:
    assert sorted(NAMESPACE.task_names) == sorted(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_every_argument_of_a_task_has_a_help_text(name: str) -> None:
    assert [argument for argument, told in ARGUMENTS[name].items() if not told] == []


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_in_one_sentence_what_it_does(name: str) -> None:
    assert re.fullmatch(r"[A-Z][^\n]{10,120}\.", NAMESPACE[name].__doc__ or "")


@pytest.mark.parametrize("name", WITH_JSON)
def test_what_tells_data_can_tell_it_as_json(name: str) -> None:
    assert ARGUMENTS[name]["json"] == "print the result as JSON and nothing else"


def test_no_other_task_has_json() -> None:
    assert sorted(name for name in TASKS if "json" in ARGUMENTS[name]) == sorted(WITH_JSON)


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
    ("arguments", "said"),
    [
        (("--source", "oracle"), "error: no source oracle; there are: postgres, mysql, mariadb\n"),
        (("--name", "mine"), "error: --tables and --name need --source\n"),
    ],
    ids=["unknown source", "name without source"],
)
def test_a_connector_that_cannot_be_meant_is_refused(invoke: Invoke, arguments: tuple[str, ...], said: str) -> None:
    done = invoke("connectors.register", *arguments)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


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
