"""How a criterion is judged by what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lakestand.errors import NotMeasured
from lakestand.measure.flakiness.failure_rate import upper_bound
from lakestand.measure.record import Record
from lakestand.measure.report.evidence import FLAKY_RUNS, Benchmark, Evidence, Suite
from lakestand.measure.report.specified import TESTS, counted

PLAIN = ("unit", "infrastructure", "iceberg", "spark", "debezium", "schema", "alerting", "delta", "docs", "reconcile")
# A run of Delta's tests: the specification's limit, and ours, which is for the runs without busy processes beside them.
RUN_SECONDS, OUR_RUN_SECONDS = 480, 120
STORIES = (*PLAIN, "failures", "roads", "e2e")
ROADS = ("iceberg", "delta", "roads", "e2e")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was measured; whether the specification's target is *met*, and our own, which is stricter."""

    measured: str
    met: bool
    ours_met: bool
    machine: str = ""


def _suite(evidence: Evidence, name: str) -> Suite:
    if name not in evidence.suites:
        raise NotMeasured(f"no run of {name}: nox -s {name}")
    return evidence.suites[name]


def record_of(evidence: Evidence, name: str) -> Record:
    """The newest record of a session."""
    if name not in evidence.records:
        raise NotMeasured(f"no record of {name}: nox -s {name}")
    return evidence.records[name]


def at(record: Record, name: str, percentile: float) -> float:
    """A percentile of one of its series."""
    series = record.named(name)
    if series is None:
        raise NotMeasured(f"{name} is not in the record of {record.session}: {record.command}")
    return series.at(percentile)


def benchmark(evidence: Evidence, test: str) -> Benchmark:
    """The newest saved run of an operation."""
    if test not in evidence.benchmarks:
        raise NotMeasured(f"no saved run of {test}: nox -s timing")
    return evidence.benchmarks[test]


def all_tests(evidence: Evidence) -> Verdict:
    """Every session of plain nox, and in each file as many as are specified."""
    suites = [_suite(evidence, name) for name in STORIES]
    passed, failed = sum(s.passed for s in suites), sum(s.failed for s in suites)
    skipped = sum(s.skipped for s in suites)
    counts = counted({path: n for s in suites for path, n in s.files.items()})
    few = [f"{c.file} {c.passed} of {c.specified}" for c in counts if not c.met]
    told = f"{passed:,} passed, {failed} failed, {skipped} skipped"
    told += f"; too few in {', '.join(few)}" if few else f"; enough in each of {len(counts)} specified files"
    met = passed >= TESTS and not failed and not skipped and not few
    return Verdict(measured=told, met=met, ours_met=met, machine=one(s.machine for s in suites))


def one(machines: Iterable[str]) -> str:
    """Where all of it was measured; one machine, as a rule."""
    return "; ".join(sorted(set(machines)))


def story(name: str, tests: int, seconds: float, ours: float) -> Callable[[Evidence], Verdict]:
    """A session with at least *tests* tests, in less than *seconds*, or *ours*."""

    def judge(evidence: Evidence) -> Verdict:
        suite = _suite(evidence, name)
        fine = suite.clean and suite.passed >= tests
        told = f"{suite.passed} passed, {suite.failed + suite.skipped} not, in {suite.seconds:.0f} s"
        met, ours_met = (fine and suite.seconds < most for most in (seconds, ours))
        return Verdict(measured=told, met=met, ours_met=ours_met, machine=suite.machine)

    return judge


def flakiness(evidence: Evidence) -> Verdict:
    """The ledger's last runs of Delta's tests."""
    runs = evidence.flakiness.get("delta", ())
    if len(runs) < FLAKY_RUNS:
        raise NotMeasured(f"{len(runs)} of {FLAKY_RUNS} runs: nox -s flakiness")
    failed, loaded = sum(r.failures > 0 for r in runs), [r.seconds for r in runs if r.busy]
    alone = [r.seconds for r in runs if not r.busy]
    told = f"{failed} of {len(runs)} runs failed (below {upper_bound(failed, len(runs)):.0%} of runs, 95 % sure); "
    told += f"{_seconds(alone)} alone, {_seconds(loaded)} beside a busy processor"
    met = not failed and max(alone + loaded) < RUN_SECONDS
    ours_met = met and bool(alone) and max(alone) < OUR_RUN_SECONDS
    return Verdict(measured=told, met=met, ours_met=ours_met, machine=one(r.machine for r in runs))


def _seconds(taken: list[float]) -> str:
    if not taken:
        return "none"
    return f"{len(taken)}: p50 {statistics.median_high(taken):.0f} s, at most {max(taken):.0f} s"


def equal(*names: str) -> Callable[[Evidence], Verdict]:
    """Sessions whose tests compare every row."""

    def judge(evidence: Evidence) -> Verdict:
        suites = [_suite(evidence, name) for name in names]
        fine = all(s.clean for s in suites)
        told = f"{sum(s.passed for s in suites)} passed, {sum(s.failed + s.skipped for s in suites)} not"
        return Verdict(measured=told, met=fine, ours_met=fine, machine=one(s.machine for s in suites))

    return judge
