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

import orjson

from lakestand import view
from lakestand.measure import machine
from lakestand.measure.flakiness import bound, load
from lakestand.measure.flakiness.ledger import Ledger, Outcome, Run, Test
from lakestand.stand.configs import ROOT

RUNS = 10
LEDGER = Path("reports/flakiness.sqlite")
SEEDS = 1_000_000
SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 when any test failed in any run, or none ran."""
    given = _parser().parse_args(arguments)
    ledger, where = Ledger(Path(given.ledger)), str(machine.facts())
    seeds = [random.randrange(SEEDS) for _ in range(given.runs)] if given.seed is None else [given.seed] * given.runs  # noqa: S311
    workers = (f"-n{given.workers}",) if given.workers else ()
    for number, seed in enumerate(seeds, 1):
        began, start = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
        busy = 0 if number % 2 else given.busy
        with load.busy(busy):
            found = run([*given.pytest, *workers], seed)
        took = time.monotonic() - start
        made = Run(story=given.story, seed=seed, began=began, seconds=took, busy=busy, machine=where)
        ledger.add(made, found)
        bad = sum(o.outcome != "passed" for o in found)
        what = f"{len(found)} tests, {bad} failed, {took:.0f} s" + (f", beside {busy} busy processes" if busy else "")
        print(f"run {number} of {given.runs}, seed {seed}: {what}", flush=True)
    tests = ledger.tests(given.story, given.runs)
    if given.json:
        print(json.dumps({"story": given.story, "runs": given.runs, "tests": [asdict(t) for t in tests]}))
    else:
        tell(given.story, tests, ledger)
    return int(not tests or any(t.failures for t in tests))


def run(arguments: Sequence[str], seed: int) -> list[Outcome]:
    """One run of pytest in a process of its own, in the order of *seed*."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "outcomes")
        order = ("--random-order", f"--random-order-seed={seed}", "-p", "no:cacheprovider")
        argv = [sys.executable, "-m", "pytest", *arguments, *order, "-p", "lakestand.measure.flakiness.recorder"]
        done = subprocess.run(
            [*argv, f"--outcomes={told}"], cwd=ROOT, check=False, capture_output=True, text=True, errors="replace"
        )
        lines = told.read_bytes().splitlines() if told.exists() else []
    found = [Outcome(**orjson.loads(line)) for line in lines]
    if done.returncode and all(o.outcome == "passed" for o in found):
        said = f"exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        found.append(Outcome(test="pytest itself", outcome="error", seconds=0, evidence=said))
    return found


def tell(story: str, tests: Sequence[Test], ledger: Ledger) -> None:
    """What failed with its seeds and what it left, the slowest, those whose time varies most, and the verdict."""
    failed = [t for t in tests if t.failures]
    columns = ("test", "runs", "failed", "s", "± s", "seeds")
    slow = sorted(tests, key=lambda t: -t.seconds)[:SHOWN]
    varied = sorted(tests, key=lambda t: -t.spread)[:SHOWN]
    for each in failed:
        print(f"=== {each.test} failed with seed {each.seeds[-1]}\n{ledger.evidence(each.test, each.seeds[-1])}\n")
    for title, rows in (("failed", failed), ("slowest", slow), ("most variable", varied)):
        if rows:
            view.show(title, columns, [_cells(t) for t in rows])
    whole = max((t.runs for t in tests), default=0)
    worst = max((bound.upper(t.failures, t.runs) for t in tests), default=1.0)
    print(
        f"{story}: {len(tests)} tests, {whole} runs, {len(failed)} flaky; with 95 % confidence a test fails in at most "
        f"{worst:.0%} of runs"
    )


def _cells(test: Test) -> tuple[object, ...]:
    name = test.test.rpartition("/")[2]
    seeds = ", ".join(map(str, test.seeds))
    return (name, test.runs, test.failures, round(test.seconds, 2), round(test.spread, 2), seeds)


def _parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(prog="python -m lakestand.measure.flakiness", description=__doc__)
    asked.add_argument("--story", required=True, help="the name under which the ledger keeps the runs")
    asked.add_argument("--runs", type=int, default=RUNS)
    asked.add_argument("--seed", type=int, help="one order for all runs, to see a failure again")
    asked.add_argument("--busy", type=int, default=0, help="so many processes do nothing but work in every second run")
    asked.add_argument("--workers", type=int, default=0, help="processes that run the tests; 0: pytest's own")
    asked.add_argument("--ledger", default=str(LEDGER))
    asked.add_argument("--json", action="store_true", help="print the tests as JSON at the end")
    asked.add_argument("pytest", nargs="+", help="pytest's own arguments: files, --stand")
    return asked


if __name__ == "__main__":
    sys.exit(main())
