"""Sessions at their smallest size, as tests/smoke.toml describes them, each in a nox of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence

import nox
from nox.command import CommandFailed

from tests.sessions.environments import REPORTS
from tests.sessions.tables import SMOKE


def run(session: nox.Session, names: Iterable[str]) -> None:
    """Run all, also when one fails; the session fails with the names of those that did."""
    failed = [name for name in names for arguments in SMOKE[name].runs if not _passes(session, name, arguments)]
    if failed:
        session.error(f"failed at the smallest size: {', '.join(failed)}")


def _passes(session: nox.Session, name: str, arguments: Sequence[str]) -> bool:
    for program, reason in SMOKE[name].needs.items():
        if not shutil.which(program):
            session.warn(f"{name} is not run: {reason}")
            return True
    env = {"LAKESTAND_REPORTS_DIR": str(REPORTS / "smoke"), **SMOKE[name].env}
    command = ("nox", "--envdir", str(session.env_dir.parent), "-s", name, "--", *arguments)
    try:
        session.run(*command, env=env, external=True)
    except CommandFailed:
        return False
    return True
