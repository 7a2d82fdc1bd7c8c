"""Sessions at their smallest size, as tests/smoke.toml describes them: each in a nox and with a log of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import nox

from tests.sessions.environments import REPORTS
from tests.sessions.tables import SMOKE

LOGS = REPORTS / "smoke"
LAST_LINES = 60


def run(session: nox.Session, names: Iterable[str]) -> None:
    """Run all, also when one fails; the session fails with the names of those that did.

    Sessions that share something wait for each other, the rest run beside them; what reads the others' results is last.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    chosen = sorted((n for n in names if SMOKE[n].runs), key=lambda n: SMOKE[n].shares)
    lanes = [list(lane) for _, lane in groupby([n for n in chosen if not SMOKE[n].last], lambda n: SMOKE[n].shares)]
    with ThreadPoolExecutor(max(1, len(lanes))) as pool:
        failed = [name for lane in pool.map(lambda lane: _failing(session, lane), lanes) for name in lane]
    failed += _failing(session, [n for n in chosen if SMOKE[n].last])
    if failed:
        session.error(f"failed at the smallest size: {', '.join(failed)}")


def _failing(session: nox.Session, names: Sequence[str]) -> list[str]:
    return [name for name in names if not all([_passes(session, name, more) for more in SMOKE[name].runs])]  # noqa: C419  all of them run


def _passes(session: nox.Session, name: str, arguments: Sequence[str]) -> bool:
    for program, reason in SMOKE[name].needs.items():
        if not shutil.which(program):
            session.warn(f"{name} is not run: {reason}")
            return True
    log = LOGS / f"{name.partition('(')[0]}-{time.time_ns()}.log"
    began = time.monotonic()
    with log.open("wb") as output:
        command = ("nox", "--envdir", str(session.env_dir.parent), "-s", name, "--", *arguments)
        env = {**os.environ, "LAKESTAND_REPORTS_DIR": str(LOGS), **SMOKE[name].env}
        code = subprocess.run(command, check=False, env=env, stdout=output, stderr=subprocess.STDOUT).returncode
    result = f"{'FAILED' if code else 'passed'} in {time.monotonic() - began:.0f} s"
    session.log(f"{result}: {name} -- {' '.join(arguments)}")
    if code:
        print(_tail(log))
    return code == 0


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join((*lines[-LAST_LINES:], f"(the whole: {log})"))
