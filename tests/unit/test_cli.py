"""The command `lakestand`: the tasks of `invoke`, from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from tasks import ns

from lakestand import view
from tests import ROOT

Done = subprocess.CompletedProcess[str]


def lakestand(folder: Path, *arguments: str, code: str = "") -> Done:
    """Run the command, or a program, in *folder*, without a setting of the stand in the environment."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LAKESTAND_")}
    argv = [sys.executable, *(["-c", code] if code else ["-m", "lakestand"]), *arguments]
    path = {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(argv, check=False, cwd=folder, env=environ | path, capture_output=True, text=True)


def test_it_has_the_tasks_of_invoke(tmp_path: Path) -> None:
    done = lakestand(tmp_path, "--list", "--list-format=json")

    listed = json.loads(done.stdout)
    names = [task["name"] for task in listed["tasks"]]
    names += [f"{group['name']}.{task['name']}" for group in listed["collections"] for task in group["tasks"]]
    assert sorted(names) == sorted(ns.task_names)


def test_it_says_its_version(tmp_path: Path) -> None:
    assert lakestand(tmp_path, "--version").stdout == f"lakestand {version('lakestand')}\n"


def test_the_script_of_the_package_is_the_same_command() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["scripts"] == {"lakestand": "lakestand.cli:main"}


def test_a_shell_completes_its_name(tmp_path: Path) -> None:
    script = lakestand(tmp_path, "--print-completion-script=bash").stdout

    assert "\ncomplete -F _complete_lakestand -o default lakestand\n" in script


def test_an_error_names_commands_as_the_user_can_type_them(tmp_path: Path) -> None:
    done = lakestand(tmp_path, "pipeline.run")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no topic: ")
    assert "`lakestand topics.list`" in done.stderr
    assert "invoke" not in done.stderr


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("invoke up --only kafka", "lakestand up --only kafka"),
        ("FAILED; `invoke connectors.restart x`", "FAILED; `lakestand connectors.restart x`"),
        ("who may invoke \nthat", "who may invoke \nthat"),
        ("reinvoke up", "reinvoke up"),
    ],
)
def test_a_command_is_spelled_as_the_program_was_called(
    monkeypatch: pytest.MonkeyPatch, text: str, spelled: str
) -> None:
    assert view.spell(text) == text
    monkeypatch.setattr(view, "program", "lakestand")
    assert view.spell(text) == spelled


def test_it_leaves_nothing_in_a_folder_that_it_only_looks_at(tmp_path: Path) -> None:
    assert lakestand(tmp_path, "status").returncode == 0
    assert list(tmp_path.iterdir()) == []
