"""The report's tables of figures, below the criteria: tests, flakiness, timing, and every session's record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lakestand.measure import record
from lakestand.measure.flakiness.failure_rate import upper_bound
from lakestand.measure.machine import Machine
from lakestand.measure.record import Record
from lakestand.measure.report.evidence import Benchmark, Evidence
from lakestand.measure.report.judging import STORIES
from lakestand.measure.report.specified import FileCount, count_tests


class Table(NamedTuple):
    """A table with its title; every row has a cell for each name in *head*."""

    title: str
    head: list[str]
    rows: list[list[object]]


def list_tables(evidence: Evidence) -> list[Table]:
    """Return all tables of what was measured, in the report's order."""
    tables = [_tests(evidence), *_flakiness(evidence)]
    if evidence.benchmarks:
        tables.append(_timing(evidence.benchmarks))
    for name, session in evidence.records.items():
        tables += _session(name, session)
    return tables


def count_native_tests(evidence: Evidence) -> list[FileCount]:
    """Return how many tests passed in each specified file, without those that Compose ran once more."""
    native = (suite for name, suite in evidence.suites.items() if name in STORIES)
    return count_tests({path: n for suite in native for path, n in suite.files.items()})


def _tests(evidence: Evidence) -> Table:
    rows: list[list[object]] = [
        [count.file, count.specified, count.passed, "yes" if count.met else "no"]
        for count in count_native_tests(evidence)
    ]
    return Table("tests of each specified file", ["file", "specified", "passed", "met"], rows)


def _flakiness(evidence: Evidence) -> list[Table]:
    head = ["story", "runs", "failed", "failure rate below, 95 % sure", "busy processes", "p50 s", "max s"]
    rows: list[list[object]] = []
    for story, runs in evidence.flakiness.items():
        seconds = sorted(run.seconds for run in runs)
        failed = sum(run.failures > 0 for run in runs)
        busy = ", ".join(map(str, sorted({run.busy for run in runs})))
        bound = f"{upper_bound(failed, len(runs)):.0%}"
        rows.append([story, len(runs), failed, bound, busy, round(seconds[len(seconds) // 2]), round(seconds[-1])])
    return [Table("flakiness: the last runs of each story", head, rows)] if rows else []


def _timing(benchmarks: Mapping[str, Benchmark]) -> Table:
    head = ["operation", "p50 ms", "IQR ms", "n", "ratio to the run before"]
    rows: list[list[object]] = [
        [
            name.removeprefix("test_").replace("_", " "),
            record.round_digits(benchmark.median * 1000),
            record.round_digits(benchmark.iqr * 1000),
            benchmark.rounds,
            round(benchmark.ratio, 2) if benchmark.ratio else "-",
        ]
        for name, benchmark in sorted(benchmarks.items())
    ]
    return Table("timing: nox -s timing", head, rows)


def _session(name: str, session: Record) -> Iterator[Table]:
    """Yield a session's series, titled with its command, its machine and how busy that was, then its details."""
    machine = session.machine
    place = f"{session.command}, {session.began}, commit {machine.commit}, load {machine.load}{_speed(machine)}"
    series = record.series_table(session.series)
    yield Table(f"{name}: {place}, on {machine}", list(series[0]), [list(row.values()) for row in series])
    for title, head, rows in record.detail_tables(session):
        yield Table(f"{name}: {title}", head, rows)


def _speed(machine: Machine) -> str:
    return f", a loop of a million {machine.loop_ms} ms" if machine.loop_ms else ""
