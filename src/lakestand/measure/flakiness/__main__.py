"""Runs the same tests many times in random orders: which of them fail sometimes, and how often they may fail at most.

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
from lakestand.measure.flakiness.attempt import run_pytest
from lakestand.measure.flakiness.ledger import LEDGER, Ledger, StoryRun, TestStatistics
from lakestand.settings import Settings

RUNS = 10
SEEDS = 1_000_000
SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; return 1 when a test failed in any run, 2 when any run was no complete run of the tests."""
    options = _parser().parse_args(arguments)
    ledger = Ledger(options.ledger or Settings.load().reports_dir / LEDGER)
    seeds = [options.seed] * options.runs
    if options.seed is None:
        seeds = [random.randrange(SEEDS) for _ in range(options.runs)]  # noqa: S311  an order is no secret
    runs = [_run(options, ledger, number, seed) for number, seed in enumerate(seeds, 1)]
    broken = [run for run in runs if run.problem]
    tests = ledger.tests(options.story, options.runs)
    if options.json:
        print(json.dumps(_as_dict(options, tests, broken)))
    else:
        print_summary(options.story, tests, ledger)
    for run in broken:
        print(f"no verdict: with seed {run.seed} {run.problem}", file=sys.stderr)
    return 2 if broken else int(any(t.failures for t in tests))


def _run(options: argparse.Namespace, ledger: Ledger, number: int, seed: int) -> StoryRun:
    """Run once, keep the run in the ledger, and print it as a line; after a problem also what pytest printed."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    start = time.monotonic()
    busy = 0 if number % 2 else options.busy
    workers = (f"-n{options.workers}",) if options.workers else ()
    with load.keep_busy(busy):
        result = run_pytest([*options.pytest, *workers], seed)
    took = time.monotonic() - start
    run = StoryRun(
        story=options.story,
        seed=seed,
        began=began,
        seconds=took,
        busy=busy,
        machine=str(machine.inspect_machine()),
        problem=result.problem,
    )
    ledger.add(run, result.outcomes)
    failed = sum(o.outcome != "passed" for o in result.outcomes)
    beside = f", beside {busy} busy processes" if busy else ""
    summary = f"{len(result.outcomes)} tests, {failed} failed, {took:.0f} s{beside}"
    print(f"run {number} of {options.runs}, seed {seed}: {summary}", flush=True)
    if result.problem:
        print(f"=== {result.problem}\n{result.evidence}\n", flush=True)
    return run


def _as_dict(
    options: argparse.Namespace, tests: Sequence[TestStatistics], broken: Sequence[StoryRun]
) -> dict[str, object]:
    problems = [{"seed": run.seed, "problem": run.problem} for run in broken]
    return {"story": options.story, "runs": options.runs, "tests": [asdict(t) for t in tests], "broken": problems}


def print_summary(story: str, tests: Sequence[TestStatistics], ledger: Ledger) -> None:
    """Print what failed with its evidence, the slowest tests, those whose times vary most, and the verdict."""
    failed = [t for t in tests if t.failures]
    columns = ("test", "runs", "failed", "s", "± s", "seeds")
    slow = sorted(tests, key=lambda t: -t.seconds)[:SHOWN]
    varied = sorted(tests, key=lambda t: -t.spread)[:SHOWN]
    for test in failed:
        print(f"=== {test.test} failed with seed {test.seeds[-1]}\n{ledger.evidence(test.test, test.seeds[-1])}\n")
    for title, rows in (("failed", failed), ("slowest", slow), ("most variable", varied)):
        if rows:
            view.show(title, columns, [_cells(t) for t in rows])
    if not tests:
        return
    runs = max(t.runs for t in tests)
    worst = max(failure_rate.upper_bound(t.failures, t.runs) for t in tests)
    print(
        f"{story}: {len(tests)} tests, {runs} runs, {len(failed)} flaky; with 95 % confidence a test fails in at most "
        f"{worst:.0%} of runs"
    )


def _cells(test: TestStatistics) -> tuple[object, ...]:
    name = test.test.rpartition("/")[2]
    seeds = ", ".join(map(str, test.seeds))
    return (name, test.runs, test.failures, round(test.seconds, 2), round(test.spread, 2), seeds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lakestand.measure.flakiness", description=__doc__)
    parser.add_argument("--story", required=True, help="the name under which the ledger keeps the runs")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, help="one order for all runs, to see a failure again")
    parser.add_argument("--busy", type=int, default=0, help="so many processes do nothing but work in every second run")
    parser.add_argument("--workers", type=int, default=0, help="processes that run the tests; 0: pytest's own")
    parser.add_argument("--ledger", type=Path, help="file of all runs (default: in the reports)")
    parser.add_argument("--json", action="store_true", help="print the tests as JSON at the end")
    parser.add_argument("pytest", nargs="+", help="pytest's own arguments: files, --stand")
    return parser


if __name__ == "__main__":
    sys.exit(main())
