"""Stepping down from root: who runs the program, what it keeps, and who is refused."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from lakestand.errors import BadSetting, StandError
from lakestand.stand import privileges

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down; run the suite as root")


def run(*command: str) -> str:
    """What *command* says when it runs as nobody."""
    done = subprocess.run([*privileges.command_prefix("nobody"), *command], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a file and a link that leads out of it."""
    folder = tmp_path / "service"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "file").write_text("x")
    (tmp_path / "outside").write_text("x")
    (folder / "link").symlink_to(tmp_path / "outside")
    return folder


@as_root
def test_a_program_runs_as_the_user() -> None:
    assert run("id", "-un") == "nobody"


@as_root
def test_a_program_leaves_roots_groups() -> None:
    argv = [*privileges.command_prefix("nobody"), "id", "-G"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, extra_groups=[0, 4])

    assert done.stdout.strip() == str(pwd.getpwnam("nobody").pw_gid)


@as_root
def test_a_program_enters_a_folder_that_only_root_may(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").write_text("reached")

    assert run("cat", str(closed / "file")) == "reached"


@as_root
def test_a_program_keeps_no_other_power_of_root() -> None:
    effective = next(line for line in run("cat", "/proc/self/status").splitlines() if line.startswith("CapEff"))

    assert int(effective.split()[1], 16) == 1 << 1  # CAP_DAC_OVERRIDE


@as_root
def test_an_unknown_user_is_refused_by_the_settings_name() -> None:
    with pytest.raises(BadSetting, match=r"^LAKESTAND_SERVICE_USER: there is no user xyzzy on this machine$"):
        privileges.command_prefix("xyzzy")


@as_root
def test_a_missing_setpriv_is_refused_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StandError, match=r"setpriv \(util-linux\) is missing"):
        privileges.command_prefix("nobody")


@as_root
def test_a_folder_is_given_with_all_in_it(tree: Path) -> None:
    privileges.change_owner(tree, "nobody")

    owners = {path.name: path.lstat().st_uid for path in [tree, *tree.rglob("*")]}
    nobody = pwd.getpwnam("nobody").pw_uid
    assert owners == {"service": nobody, "data": nobody, "file": nobody, "link": nobody}


@as_root
def test_what_a_link_points_to_is_not_given_away(tree: Path) -> None:
    privileges.change_owner(tree, "nobody")

    assert (tree / "link").stat().st_uid == 0


def test_an_ordinary_user_needs_no_prefix() -> None:
    code = "from lakestand.stand import privileges; print(privileges.command_prefix('xyzzy'))"

    assert run(sys.executable, "-c", code) == "[]"


def test_an_ordinary_user_gives_nothing_away(tree: Path) -> None:
    code = (
        f"import pathlib; from lakestand.stand import privileges as p; p.change_owner(pathlib.Path('{tree}'), 'xyzzy')"
    )
    run(sys.executable, "-c", code)

    assert {path.lstat().st_uid for path in tree.rglob("*")} == {os.geteuid()}
