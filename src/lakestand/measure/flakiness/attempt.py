"""One run of pytest in a process of its own: the outcome of each test, or why it was no complete run of them."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from lakestand.measure.flakiness.ledger import UNCOLLECTED, Outcome

ENDINGS: dict[int, str] = {
    pytest.ExitCode.INTERRUPTED: "pytest was interrupted",
    pytest.ExitCode.INTERNAL_ERROR: "pytest ended in an internal error",
    pytest.ExitCode.USAGE_ERROR: "pytest could not begin",
    pytest.ExitCode.NO_TESTS_COLLECTED: "pytest found no test",
}
LAST_CHARACTERS = 20_000


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The outcomes of the tests that ran.

    *problem* is why this was no complete run of them, *evidence* what pytest printed then; both are empty otherwise.
    """

    outcomes: Sequence[Outcome]
    problem: str = ""
    evidence: str = ""


def run_pytest(arguments: Sequence[str], seed: int) -> Attempt:
    """Run pytest with *arguments* in the random order of *seed*, and return what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "outcomes")
        order = ("--random-order", f"--random-order-seed={seed}", "-p", "no:cacheprovider")
        argv = [sys.executable, "-m", "pytest", *arguments, *order, "-p", "lakestand.measure.flakiness.recorder"]
        process = subprocess.run(
            [*argv, f"--outcomes={path}"], check=False, capture_output=True, text=True, errors="replace"
        )
        lines = path.read_bytes().splitlines() if path.exists() else []
    recorded = [Outcome(**orjson.loads(line)) for line in lines]
    outcomes = [o for o in recorded if o.outcome != UNCOLLECTED]
    uncollected = [o for o in recorded if o.outcome == UNCOLLECTED]
    problem = _problem(process.returncode, outcomes, uncollected)
    output = "\n".join((*(o.evidence for o in uncollected), process.stdout, process.stderr))[-LAST_CHARACTERS:]
    return Attempt(outcomes=outcomes, problem=problem, evidence=output if problem else "")


def _problem(code: int, outcomes: Sequence[Outcome], uncollected: Sequence[Outcome]) -> str:
    if uncollected:
        return f"pytest could not collect {', '.join(o.test for o in uncollected)}"
    if code < 0:
        return f"pytest was killed by {signal.Signals(-code).name}"
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        return f"{ENDINGS.get(code, 'pytest broke off')} (exit code {code})"
    if not outcomes:
        return "no test ran"
    if code and all(o.outcome == "passed" for o in outcomes):
        return "pytest failed although every test passed"
    return ""
