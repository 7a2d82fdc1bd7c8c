"""The same tests many times, in random orders: which fail sometimes, and what that bounds.

`python -m lakestand.measure.flakiness --story delta -- tests/…`; `nox -s flakiness` names a story's tests.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from lakestand import view
from lakestand.config import ROOT
from lakestand.measure import bound
from lakestand.measure.ledger import Ledger, Outcome, Test, outcomes

RUNS = 10
LEDGER = Path("reports/flakiness.sqlite")
SEEDS = 1_000_000
SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 when any test failed in any run, or none ran."""
    given = _parser().parse_args(arguments)
    ledger = Ledger(Path(given.ledger))
    seeds = [random.randrange(SEEDS) for _ in range(given.runs)] if given.seed is None else [given.seed] * given.runs  # noqa: S311
    for number, seed in enumerate(seeds, 1):
        began, start = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
        found = run(given.pytest, seed)
        seconds = time.monotonic() - start
        ledger.add(story=given.story, seed=seed, began=began, seconds=seconds, found=found)
        bad = sum(o.outcome != "passed" for o in found)
        what = f"{len(found)} tests, {bad} failed, {seconds:.0f} s"
        print(f"run {number} of {given.runs}, seed {seed}: {what}", flush=True)
    tests = ledger.tests(given.story, given.runs)
    tell(given.story, given.runs, tests, as_json=given.json)
    return int(not tests or any(t.failures for t in tests))


def run(arguments: Sequence[str], seed: int) -> list[Outcome]:
    """One run of pytest in a process of its own, in the order of *seed*."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "junit.xml")
        order = ("--random-order", f"--random-order-seed={seed}", "-p", "no:cacheprovider")
        told = (f"--junitxml={report}", "-o", "junit_logging=all")
        argv = [sys.executable, "-m", "pytest", *arguments, *order, *told]
        done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True)
        if not report.exists():
            said = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
            sys.exit(f"error: pytest wrote no report (exit code {done.returncode})\n{said}")
        return list(outcomes(report))


def tell(story: str, runs: int, tests: Sequence[Test], *, as_json: bool) -> None:
    """The verdict, what failed with its seeds, the slowest, and those whose time varies most."""
    failed = [t for t in tests if t.failures]
    if as_json:
        print(json.dumps({"story": story, "runs": runs, "tests": [asdict(t) for t in tests]}))
        return
    columns = ("test", "runs", "failed", "s", "± s", "seeds")
    slow = sorted(tests, key=lambda t: -t.seconds)[:SHOWN]
    varied = sorted(tests, key=lambda t: -t.spread)[:SHOWN]
    for title, rows in (("failed", failed), ("slowest", slow), ("most variable", varied)):
        if rows:
            view.show(title, columns, [_cells(t) for t in rows])
    whole = min((t.runs for t in tests), default=0)
    worst = max((t.failures for t in tests), default=0)
    print(
        f"{story}: {len(tests)} tests, {whole} runs, {len(failed)} flaky; with 95 % confidence a test fails in at most "
        f"{bound.upper(worst, whole) if whole else 1:.0%} of runs"
    )


def _cells(test: Test) -> tuple[object, ...]:
    name = test.test.rpartition(".")[2]
    seeds = ", ".join(map(str, test.seeds))
    return (name, test.runs, test.failures, round(test.seconds, 2), round(test.spread, 2), seeds)


def _parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(prog="python -m lakestand.measure.flakiness", description=__doc__)
    asked.add_argument("--story", required=True, help="the name under which the ledger keeps the runs")
    asked.add_argument("--runs", type=int, default=RUNS)
    asked.add_argument("--seed", type=int, help="one order for all runs, to see a failure again")
    asked.add_argument("--ledger", default=str(LEDGER))
    asked.add_argument("--json", action="store_true", help="print the tests as JSON at the end")
    asked.add_argument("pytest", nargs="+", help="pytest's own arguments: files, --stand, -n2")
    return asked


if __name__ == "__main__":
    sys.exit(main())
