"""The same tests many times, in random orders: which fail sometimes, and what that bounds.

`python -m lakestand.measure.flakiness --story delta -- tests/…`; `nox -s flakiness` names a story's tests.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from lakestand import view
from lakestand.measure import machine
from lakestand.measure.flakiness import failure_rate, load
from lakestand.measure.flakiness.attempt import attempt
from lakestand.measure.flakiness.ledger import LEDGER, Ledger, StoryRun, TestStatistics
from lakestand.settings import Settings

RUNS = 10
SEEDS = 1_000_000
SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 when a test failed in any run, 2 when any run was no complete run of the tests."""
    given = _parser().parse_args(arguments)
    ledger = Ledger(given.ledger or Settings.load().reports_dir / LEDGER)
    seeds = [random.randrange(SEEDS) for _ in range(given.runs)] if given.seed is None else [given.seed] * given.runs  # noqa: S311
    runs = [_run(given, ledger, number, seed) for number, seed in enumerate(seeds, 1)]
    broken = [run for run in runs if run.problem]
    tests = ledger.tests(given.story, given.runs)
    if given.json:
        print(json.dumps(_as_dict(given, tests, broken)))
    else:
        print_summary(given.story, tests, ledger)
    for run in broken:
        print(f"no verdict: with seed {run.seed} {run.problem}", file=sys.stderr)
    return 2 if broken else int(any(t.failures for t in tests))


def _run(given: argparse.Namespace, ledger: Ledger, number: int, seed: int) -> StoryRun:
    """One run, kept in the ledger and printed as a line; with what pytest printed where it has a problem."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    start = time.monotonic()
    busy = 0 if number % 2 else given.busy
    workers = (f"-n{given.workers}",) if given.workers else ()
    with load.busy(busy):
        made = attempt([*given.pytest, *workers], seed)
    took = time.monotonic() - start
    run = StoryRun(
        story=given.story,
        seed=seed,
        began=began,
        seconds=took,
        busy=busy,
        machine=str(machine.inspect_machine()),
        problem=made.problem,
    )
    ledger.add(run, made.outcomes)
    failed = sum(o.outcome != "passed" for o in made.outcomes)
    beside = f", beside {busy} busy processes" if busy else ""
    result = f"{len(made.outcomes)} tests, {failed} failed, {took:.0f} s{beside}"
    print(f"run {number} of {given.runs}, seed {seed}: {result}", flush=True)
    if made.problem:
        print(f"=== {made.problem}\n{made.evidence}\n", flush=True)
    return run


def _as_dict(
    given: argparse.Namespace, tests: Sequence[TestStatistics], broken: Sequence[StoryRun]
) -> dict[str, object]:
    problems = [{"seed": run.seed, "problem": run.problem} for run in broken]
    return {"story": given.story, "runs": given.runs, "tests": [asdict(t) for t in tests], "broken": problems}


def print_summary(story: str, tests: Sequence[TestStatistics], ledger: Ledger) -> None:
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
    if not tests:
        return
    whole = max(t.runs for t in tests)
    worst = max(failure_rate.upper_bound(t.failures, t.runs) for t in tests)
    print(
        f"{story}: {len(tests)} tests, {whole} runs, {len(failed)} flaky; with 95 % confidence a test fails in at most "
        f"{worst:.0%} of runs"
    )


def _cells(test: TestStatistics) -> tuple[object, ...]:
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
    asked.add_argument("--ledger", type=Path, help="file of all runs (default: in the reports)")
    asked.add_argument("--json", action="store_true", help="print the tests as JSON at the end")
    asked.add_argument("pytest", nargs="+", help="pytest's own arguments: files, --stand")
    return asked


if __name__ == "__main__":
    sys.exit(main())
