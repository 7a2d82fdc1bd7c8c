"""The environments of the sessions: exactly what poetry.lock names, hashes checked, or the newest of everything."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import nox

Env = Mapping[str, str | None]
NONE: Env = {}
PYPROJECT = Path("pyproject.toml")
LOCK = Path("poetry.lock")
# Who holds the services that sessions start (invoke up --lease).
LEASE = "nox"
REPORTS = Path(os.environ.get("LAKESTAND_REPORTS_DIR", "reports"))
# Reads poetry.lock, and refuses one that does not fit pyproject.toml.
EXPORTER = ("--from", "poetry==2.5.1", "--with", "poetry-plugin-export==1.10.1", "poetry", "export", "--quiet")
# Set by the session newest: environments of their own, with the newest that pyproject.toml allows.
NEWEST = "NOX_NEWEST"
# Tests start hundreds of Pythons, which import three times as fast with bytecode.
BYTECODE: Env = {"PYTHONDONTWRITEBYTECODE": ""}
# What the code of every session imports: all of the project's extras but Spark, which weighs more than all others.
EXTRAS = "compose,delta,demo,iceberg,report"
# What a session asks for beside them → the session that makes the environment, which many sessions share.
ENVIRONMENTS = {"": "environment", "spark": "environment_spark"}


def install(session: nox.Session, *groups: str, project: bool = True, extras: str = "") -> None:
    """Make the session's environment hold dependency groups of pyproject.toml, and the project with its *extras*."""
    session.env.update(BYTECODE)
    if os.environ.get(NEWEST):
        _install_newest(session, *groups, project=project, extras=extras)
        return
    mark = Path(session.virtualenv.location, "installed")
    wanted = _digest(*groups, str(project), extras)
    if mark.exists() and mark.read_text() == wanted:
        return
    mark.unlink(missing_ok=True)
    requirements = str(locked(session, "main" if project else "", *groups, extras=extras))
    sync = ("uv", "pip", "sync", "-q", "--require-hashes", *build_constraints(session))
    session.run_install(*sync, requirements, external=True)
    if project:
        session.install("-q", "--no-deps", "--no-sources", *build_constraints(session), "-e", ".")
    mark.write_text(wanted)


def run(
    session: nox.Session, program: str, *arguments: str, extras: str = "", env: Env = NONE, silent: bool = False
) -> str:
    """Run a program of the environment with *extras*; what it printed, when it is *silent*."""
    folder = (session.env_dir.parent / ENVIRONMENTS[extras] / "bin").resolve()
    merged = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **BYTECODE, **env}
    return str(session.run(str(folder / program), *arguments, env=merged, silent=silent))


def _install_newest(session: nox.Session, *groups: str, project: bool, extras: str) -> None:
    wanted = [f"--group={group}" for group in groups]
    if project:
        wanted += ["-e", f".[{extras}]" if extras else "."]
    session.install("-q", "--upgrade", *wanted)


def build_constraints(session: nox.Session) -> tuple[str, str]:
    """The option for uv: what builds the packages that come as source is locked too."""
    return ("--build-constraints", str(locked(session, "build")))


def locked(session: nox.Session, *groups: str, extras: str = "") -> Path:
    """The file of requirements, each with its hashes, that poetry.lock names for *groups* and *extras*."""
    only = ",".join(filter(None, groups))
    path = Path(session.env_dir.parent, "locked", f"{_digest(only, extras)}.txt")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        chosen = [f"--extras={extra}" for extra in extras.split(",") if extra]
        command = ("uv", "tool", "run", "-q", *EXPORTER, f"--only={only}", *chosen, f"--output={path.resolve()}")
        session.run_install(*command, external=True, env={"POETRY_VIRTUALENVS_CREATE": "false"})
    return path


def _digest(*more: str) -> str:
    content = b"\0".join((PYPROJECT.read_bytes(), LOCK.read_bytes(), *(text.encode() for text in more)))
    return hashlib.sha256(content).hexdigest()[:16]
