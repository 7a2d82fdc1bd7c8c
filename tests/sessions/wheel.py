"""The wheel, as somebody uses it who has no checkout: built, installed and run in folders of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import nox

from tests.sessions.environments import BYTECODE, Env, build_constraints, locked

EXAMPLES = Path("examples")
Run = Callable[..., None]


def run(session: nox.Session, demo: Sequence[str]) -> None:
    """Build the wheel from the source distribution, install it, bring a stand up, and carry a demo with its options.

    The folder that it is built in is gone before it runs: nothing can be read from there.
    """
    with tempfile.TemporaryDirectory(prefix="wheel-") as name:
        folder = Path(name).resolve()
        use = _command(session, _install(session, folder))
        _inside(session, folder / "project", lambda: (use("lakestand", "up"), use("lakestand", "demo", *demo)), use)


def examples(session: nox.Session) -> None:
    """Run the tests of each project of examples/ in a copy, on the wheel and a stand that they start themselves."""
    sources = sorted(path.resolve() for path in EXAMPLES.iterdir() if path.is_dir())
    with tempfile.TemporaryDirectory(prefix="examples-") as name:
        folder = Path(name).resolve()
        use = _command(session, _install(session, folder, "test"))
        for source in sources:
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
            _inside(session, folder / source.name, lambda: use("pytest", *session.posargs), use)


def _install(session: nox.Session, folder: Path, *groups: str) -> Path:
    """Return the folder with the programs of a new environment that has the wheel, and what poetry.lock names."""
    constraints = build_constraints(session)
    session.run("uv", "build", "-q", *constraints, f"--out-dir={folder / 'dist'}", external=True)
    session.run("uv", "venv", "-q", str(folder / "venv"), external=True)
    into = ("--python", str(folder / "venv" / "bin" / "python"), *constraints)
    requirements = str(locked(session, "main", *groups, extras="demo"))
    (wheel,) = (folder / "dist").glob("*.whl")
    session.run("uv", "pip", "sync", "-q", *into, "--require-hashes", requirements, external=True)
    session.run("uv", "pip", "install", "-q", *into, "--no-deps", str(wheel), external=True)
    return folder / "venv" / "bin"


def _command(session: nox.Session, programs: Path) -> Run:
    """Return a function that runs one of *programs*, with nothing of the checkout in the environment.

    Where another stand has the default ports, this one moves by itself.
    """
    foreign = {name: None for name in os.environ if name.startswith(("LAKESTAND_", "PYTHON", "VIRTUAL_ENV"))}
    cache = {"LAKESTAND_CACHE_DIR": os.environ.get("LAKESTAND_CACHE_DIR")}
    env: Env = {**foreign, **cache, **BYTECODE, "PATH": f"{programs}{os.pathsep}{os.defpath}"}

    def use(program: str, *arguments: str) -> None:
        session.run(str(programs / program), *arguments, env=env, external=True)

    return use


def _inside(session: nox.Session, project: Path, work: Callable[[], object], use: Run) -> None:
    """Do *work* in the folder *project*, take its stand down, and see that nothing of it stays there but .env."""
    project.mkdir(exist_ok=True)
    before = {path.name for path in project.iterdir()}
    with session.chdir(project):
        try:
            work()
        finally:
            use("lakestand", "down", "--volumes")
    left = {path.name for path in project.iterdir()} - before - {".env", ".pytest_cache", ".benchmarks", "__pycache__"}
    if left:
        session.error(f"lakestand down --volumes leaves {', '.join(sorted(left))} in the folder")
