"""How the criteria of tests are judged, and where all criteria find what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lakestand.errors import NotMeasured
from lakestand.measure.flakiness.failure_rate import upper_bound
from lakestand.measure.record import Record
from lakestand.measure.report.evidence import FLAKY_RUNS, Benchmark, Evidence, Suite
from lakestand.measure.report.limits import FLAKINESS, Limit, judge
from lakestand.measure.report.specified import TESTS, count_tests

PLAIN = ("unit", "infrastructure", "iceberg", "spark", "debezium", "schema", "alerting", "delta", "docs", "reconcile")
STORIES = (*PLAIN, "field", "failures", "roads", "e2e")
ROADS = ("iceberg", "delta", "roads", "e2e")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was measured; whether the specification's target is *met*, and our own, which is stricter."""

    measured: str
    met: bool
    ours_met: bool
    machine: str = ""


def find_suite(evidence: Evidence, name: str) -> Suite:
    """Return the last run of a session's tests; NotMeasured when there is none."""
    if name not in evidence.suites:
        raise NotMeasured(f"no run of {name}: nox -s {name}")
    return evidence.suites[name]


def find_record(evidence: Evidence, name: str) -> Record:
    """Return the newest record of a session; NotMeasured when there is none."""
    if name not in evidence.records:
        raise NotMeasured(f"no record of {name}: nox -s {name}")
    return evidence.records[name]


def find_figure(record: Record, name: str, percentile: float) -> float:
    """Return a percentile of the series called *name*; NotMeasured when the record lacks it."""
    series = record.find(name)
    if series is None:
        raise NotMeasured(f"{name} is not in the record of {record.session}: {record.command}")
    return series.at(percentile)


def find_benchmark(evidence: Evidence, test: str) -> Benchmark:
    """Return the newest saved run of the operation that *test* times; NotMeasured when there is none."""
    if test not in evidence.benchmarks:
        raise NotMeasured(f"no saved run of {test}: nox -s timing")
    return evidence.benchmarks[test]


def name_machines(machines: Iterable[str]) -> str:
    """Return the machines that something was measured on, each once, as text; it is one machine as a rule."""
    return "; ".join(sorted(set(machines)))


def all_tests(evidence: Evidence) -> Verdict:
    """Judge whether every session of plain nox passed, with as many tests in each file as are specified."""
    suites = [find_suite(evidence, name) for name in STORIES]
    passed, failed = sum(s.passed for s in suites), sum(s.failed for s in suites)
    skipped = sum(s.skipped for s in suites)
    counts = count_tests({path: n for s in suites for path, n in s.files.items()})
    few = [f"{c.file} {c.passed} of {c.specified}" for c in counts if not c.met]
    measured = f"{passed:,} passed, {failed} failed, {skipped} skipped"
    measured += f"; too few in {', '.join(few)}" if few else f"; enough in each of {len(counts)} specified files"
    met = passed >= TESTS and not failed and not skipped and not few
    return Verdict(measured=measured, met=met, ours_met=met, machine=name_machines(s.machine for s in suites))


def story(tests: int, limits: Sequence[Limit]) -> Callable[[Evidence], Verdict]:
    """Return a judge of the session that *limits* name: at least *tests* tests passed, and fast enough."""

    def judge_story(evidence: Evidence) -> Verdict:
        suite = find_suite(evidence, limits[0].series)
        complete = suite.clean and suite.passed >= tests
        met, ours_met = judge(limits, lambda _limit: suite.seconds)
        measured = f"{suite.passed} passed, {suite.failed + suite.skipped} not, in {suite.seconds:.0f} s"
        return Verdict(measured=measured, met=complete and met, ours_met=complete and ours_met, machine=suite.machine)

    return judge_story


def flakiness(evidence: Evidence) -> Verdict:
    """Judge the last runs of Delta's tests: none may fail; ours is for those without busy processes beside them."""
    runs = evidence.flakiness.get("delta", ())
    if len(runs) < FLAKY_RUNS:
        raise NotMeasured(f"{len(runs)} of {FLAKY_RUNS} runs: nox -s flakiness")
    failed = sum(run.failures > 0 for run in runs)
    busy = [run.seconds for run in runs if run.busy]
    alone = [run.seconds for run in runs if not run.busy]
    longest = {"delta": max(alone + busy), "delta.alone": max(alone, default=float("inf"))}
    met, ours_met = judge(FLAKINESS, lambda limit: longest[limit.series])
    measured = f"{failed} of {len(runs)} runs failed (below {upper_bound(failed, len(runs)):.0%} of runs, 95 % sure); "
    measured += f"{_summarize(alone)} alone, {_summarize(busy)} beside a busy processor"
    machine = name_machines(run.machine for run in runs)
    return Verdict(measured=measured, met=not failed and met, ours_met=not failed and ours_met, machine=machine)


def _summarize(seconds: list[float]) -> str:
    if not seconds:
        return "none"
    return f"{len(seconds)}: p50 {statistics.median_high(seconds):.0f} s, at most {max(seconds):.0f} s"


def equal(*names: str) -> Callable[[Evidence], Verdict]:
    """Return a judge of sessions whose tests compare every row: all of them passed."""

    def judge_stories(evidence: Evidence) -> Verdict:
        suites = [find_suite(evidence, name) for name in names]
        met = all(s.clean for s in suites)
        measured = f"{sum(s.passed for s in suites)} passed, {sum(s.failed + s.skipped for s in suites)} not"
        return Verdict(measured=measured, met=met, ours_met=met, machine=name_machines(s.machine for s in suites))

    return judge_stories
