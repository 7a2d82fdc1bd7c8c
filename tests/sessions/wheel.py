"""The wheel, as somebody uses it who has no checkout: built, installed and run in folders of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nox

from tests.sessions.environments import BYTECODE, build_constraints, locked

# Away from every stand that the other sessions have.
OFFSET = "21000"


def run(session: nox.Session, rows: Sequence[str]) -> None:
    """Build the wheel from the source distribution, install what poetry.lock names, and carry a demo of *rows*.

    The folder that it is built in is gone before it runs: nothing can be read from there.
    """
    with tempfile.TemporaryDirectory(prefix="wheel-") as name:
        folder = Path(name).resolve()
        wheel = _build(session, folder)
        python = _install(session, folder / "venv", wheel)
        (folder / "project").mkdir()
        _use(session, folder / "project", python.with_name("lakestand"), rows)


def _build(session: nox.Session, folder: Path) -> Path:
    session.run("uv", "build", "-q", *build_constraints(session), f"--out-dir={folder / 'dist'}", external=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def _install(session: nox.Session, venv: Path, wheel: Path) -> Path:
    python = venv / "bin" / "python"
    session.run("uv", "venv", "-q", str(venv), external=True)
    into = ("--python", str(python), *build_constraints(session))
    requirements = str(locked(session, "main", extras="demo"))
    session.run("uv", "pip", "sync", "-q", *into, "--require-hashes", requirements, external=True)
    session.run("uv", "pip", "install", "-q", *into, "--no-deps", str(wheel), external=True)
    return python


def _use(session: nox.Session, project: Path, command: Path, rows: Sequence[str]) -> None:
    clean = {name: None for name in os.environ if name.startswith(("LAKESTAND_", "PYTHON", "VIRTUAL_ENV"))}
    cache = {"LAKESTAND_CACHE_DIR": os.environ.get("LAKESTAND_CACHE_DIR")}
    own = {"LAKESTAND_NAME": "wheel", "LAKESTAND_PORT_OFFSET": os.environ.get("LAKESTAND_PORT_OFFSET", OFFSET)}
    env = {**clean, **cache, **BYTECODE, **own, "PATH": f"{command.parent}{os.pathsep}{os.defpath}"}
    with session.chdir(project):
        try:
            session.run(str(command), "up", env=env, external=True)
            session.run(str(command), "demo", *rows, env=env, external=True)
        finally:
            session.run(str(command), "down", "--volumes", env=env, external=True)
        left = sorted(path.name for path in project.iterdir())
        if left != [".env"]:
            session.error(f"lakestand down --volumes leaves {left} in the folder")
