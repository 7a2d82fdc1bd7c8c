"""How tests run tasks: on a stand of their own, of which nothing runs, and in this process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from invoke import Program

from lakestand.settings import PREFIX, Settings
from lakestand.stand.runtimes.ports import free_offset
from lakestand.stand.services import declare
from tests import ROOT
from tests.unit import plain
from tests.unit.tasks.command import Done, Invoke
from tests.unit.tasks.declared import NAMESPACE


@pytest.fixture(scope="session")
def offset() -> str:
    """Return an offset at which every port of the stand is free."""
    taken = [port for service in declare(plain.settings()).values() for port in service.ports]
    return str(free_offset(taken))


@pytest.fixture
def own_stand(tmp_path: Path, offset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every setting to a stand of the test's own: nothing of the user's is in it, and nothing runs."""
    own = {"STATE_DIR": str(tmp_path / "state"), "CACHE_DIR": str(tmp_path / "cache"), "PORT_OFFSET": offset}
    for name, value in (own | {secret.upper(): plain.SECRET for secret in Settings.secret_fields()}).items():
        monkeypatch.setenv(PREFIX + name, value)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}{os.pathsep}{ROOT}")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    """Run tasks in this process, which is ten times as fast as a shell."""

    def run(*arguments: str) -> Done:
        code = 0
        try:
            Program(namespace=NAMESPACE).run(["invoke", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run
