"""How a criterion is judged by what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lakestand.measure.bound import upper
from lakestand.measure.record import Record
from lakestand.measure.report.evidence import FLAKY_RUNS, Evidence, Suite

TESTS = 297
PLAIN = ("unit", "infrastructure", "iceberg", "spark", "debezium", "schema", "alerting", "delta", "docs", "reconcile")
STORIES = (*PLAIN, "failures", "e2e")
ROADS = ("iceberg", "delta", "e2e")


class NotMeasuredError(Exception):
    """What is missing, and the command that measures it."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was measured; whether the specification's target is *met*, and our own, which is stricter."""

    measured: str
    met: bool
    ours_met: bool


def _suite(evidence: Evidence, name: str) -> Suite:
    if name not in evidence.suites:
        raise NotMeasuredError(f"no run of {name}: nox -s {name}")
    return evidence.suites[name]


def _record(evidence: Evidence, name: str) -> Record:
    if name not in evidence.records:
        raise NotMeasuredError(f"no record of {name}: nox -s {name}")
    return evidence.records[name]


def _p(record: Record, name: str, percentile: float) -> float:
    series = record.named(name)
    if series is None:
        raise NotMeasuredError(f"{name} is not in the record of {record.session}: {record.command}")
    return series.at(percentile)


def _benchmark(evidence: Evidence, test: str) -> float:
    """Median in seconds."""
    if test not in evidence.benchmarks:
        raise NotMeasuredError(f"no saved run of {test}: nox -s timing")
    return float(evidence.benchmarks[test]["stats"]["median"])


def all_tests(evidence: Evidence) -> Verdict:
    """Every session of plain nox."""
    suites = [_suite(evidence, name) for name in STORIES]
    passed, failed = sum(s.passed for s in suites), sum(s.failed for s in suites)
    skipped = sum(s.skipped for s in suites)
    told = f"{passed:,} passed, {failed} failed, {skipped} skipped"
    met = passed >= TESTS and not failed and not skipped
    return Verdict(measured=told, met=met, ours_met=met)


def story(name: str, tests: int, seconds: float, ours: float) -> Callable[[Evidence], Verdict]:
    """A session with at least *tests* tests, in less than *seconds*, or *ours*."""

    def judge(evidence: Evidence) -> Verdict:
        suite = _suite(evidence, name)
        fine = suite.clean and suite.passed >= tests
        told = f"{suite.passed} passed, {suite.failed + suite.skipped} not, in {suite.seconds:.0f} s"
        return Verdict(measured=told, met=fine and suite.seconds < seconds, ours_met=fine and suite.seconds < ours)

    return judge


def flakiness(evidence: Evidence) -> Verdict:
    """The ledger's last runs of Delta's tests."""
    runs = evidence.flakiness.get("delta")
    if runs is None or len(runs.seconds) < FLAKY_RUNS:
        raise NotMeasuredError(f"{len(runs.seconds) if runs else 0} of {FLAKY_RUNS} runs: nox -s flakiness")
    longest, median = max(runs.seconds), sorted(runs.seconds)[len(runs.seconds) // 2]
    bound = upper(runs.failures, len(runs.seconds)) if runs.failures <= len(runs.seconds) else 1.0
    told = f"{runs.failures} failures in {len(runs.seconds)} runs (below {bound:.0%} a run, 95 % sure)"
    told += f"; a run {median:.0f} s, at most {longest:.0f} s"
    return Verdict(measured=told, met=not runs.failures and longest < 480, ours_met=not runs.failures and longest < 120)


def tables(evidence: Evidence) -> Verdict:
    """Medians of 1,000 rows."""
    append, read = _benchmark(evidence, "test_append_of_1000_rows"), _benchmark(evidence, "test_full_read_of_1000_rows")
    write = _benchmark(evidence, "test_a_warm_write_of_1000_rows_by_spark")
    loaded = _benchmark(evidence, "test_a_warm_read_of_1000_rows_by_spark")
    told = f"p50 Iceberg {append * 1000:.0f} and {read * 1000:.0f} ms, Delta by Spark {write:.2f} and {loaded:.2f} s"
    met = max(append, write) < 5 and max(read, loaded) < 2
    return Verdict(measured=told, met=met, ours_met=append < 0.15 and read < 0.1 and write < 0.5)


def startup(evidence: Evidence) -> Verdict:
    """The slowest bring-ups."""
    record = _record(evidence, "startup")
    fresh, warm = (_p(record, f"startup.{kind}", 100) for kind in ("fresh", "warm"))
    told = f"{fresh:.1f} s with fresh data, {warm:.1f} s warm (slowest of {record.parameters['runs']})"
    return Verdict(measured=told, met=max(fresh, warm) < 180, ours_met=fresh < 10 and warm < 7)


def memory(evidence: Evidence) -> Verdict:
    """The peaks of all services together."""
    record = _record(evidence, "memory")
    idle, load = _p(record, "memory.idle", 100) / 1024, _p(record, "memory.load", 100) / 1024
    told = f"{idle:.1f} GB idle, {load:.1f} GB at most under load"
    return Verdict(measured=told, met=load < 8, ours_met=idle < 1.3 and load < 2.5)


def equal(*names: str) -> Callable[[Evidence], Verdict]:
    """Sessions whose tests compare every row."""

    def judge(evidence: Evidence) -> Verdict:
        suites = [_suite(evidence, name) for name in names]
        fine = all(s.clean for s in suites)
        told = f"{sum(s.passed for s in suites)} passed, {sum(s.failed + s.skipped for s in suites)} not"
        return Verdict(measured=told, met=fine, ours_met=fine)

    return judge


def registrations(evidence: Evidence) -> Verdict:
    """By several clients at once."""
    test = "test_several_clients_register_new_schemas"
    _benchmark(evidence, test)
    rate = evidence.benchmarks[test]["extra_info"].get("registrations_per_s")
    if rate is None:
        raise NotMeasuredError("the saved run has no rate: nox -s timing")
    return Verdict(measured=f"{rate:.0f} a second by 4 clients", met=rate >= 100 / 60, ours_met=rate >= 60)
