"""What the sessions left in reports/: the stories' JUnit files, records, saved benchmarks and the ledger of runs."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from lakestand.errors import BadRecord
from lakestand.measure import junit, machine, record
from lakestand.measure.flakiness.ledger import LEDGER, Ledger, StoryRun
from lakestand.measure.record import Record

FLAKY_RUNS = 10
# Holds the moment at which `nox -s acceptance` began: what ran before is none of its business.
SINCE = "since"


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The last run of a session's tests.

    Attributes:
        passed, failed, skipped: how many tests ended so.
        seconds: from the first test to the last.
        files: how many tests passed in each file, by its path.
        machine: the machine it ran on, or a host's name.
    """

    passed: int
    failed: int
    skipped: int
    seconds: float
    files: Mapping[str, int] = field(default_factory=dict)
    machine: str = ""

    @property
    def clean(self) -> bool:
        """Whether there was a test, and all of them passed."""
        return self.passed > 0 and not self.failed and not self.skipped


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """The newest saved run of one timed operation.

    Attributes:
        median: seconds.
        iqr: interquartile range in seconds.
        rounds: how often it was timed.
        extra: what the test adds, such as a rate.
        ratio: the median divided by that of the run before; None without one.
        machine: the machine it ran on.
    """

    median: float
    iqr: float
    rounds: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    ratio: float | None = None
    machine: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that was measured, by name; *earlier* holds the records of all startups, oldest first."""

    suites: Mapping[str, Suite] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    benchmarks: Mapping[str, Benchmark] = field(default_factory=dict)
    flakiness: Mapping[str, Sequence[StoryRun]] = field(default_factory=dict)
    earlier: Sequence[Record] = ()


def gather(reports: Path) -> Evidence:
    """Return what lies in the folder *reports* of one checkout; BadRecord names a file that cannot be read."""
    mark = reports / SINCE
    since = mark.read_text().strip() if mark.exists() else ""
    records = record.load_latest(reports / record.FOLDER)
    return Evidence(
        suites={path.stem: _suite(path) for path in sorted((reports / "junit").glob("*.xml"))},
        records={name: session for name, session in records.items() if session.began >= since},
        benchmarks=_benchmarks(reports / "benchmarks", since),
        flakiness=_flakiness(reports / LEDGER, since),
        earlier=list(record.load_all("startup", reports / record.FOLDER)),
    )


def _suite(path: Path) -> Suite:
    outcomes = list(junit.read_outcomes(path))
    counts = Counter(o.outcome for o in outcomes)
    passed, skipped = counts["passed"], counts["skipped"]
    return Suite(
        passed=passed,
        failed=len(outcomes) - passed - skipped,
        skipped=skipped,
        seconds=round(junit.read_seconds(path), 1),
        files=dict(Counter(_file(o.test) for o in outcomes if o.outcome == "passed")),
        machine=_machine(path),
    )


def _file(test: str) -> str:
    """Return the path of a test's file: tests/unit/test_x.py of tests.unit.test_x.TestY::test_z."""
    parts = test.partition("::")[0].split(".")
    while len(parts) > 1 and parts[-1][:1].isupper():
        parts.pop()
    return "/".join(parts) + ".py"


def _machine(path: Path) -> str:
    hosts = junit.read_hosts(path)
    return str(machine.inspect_machine()) if hosts <= {platform.node()} else f"host {', '.join(sorted(hosts))}"


def _benchmarks(folder: Path, since: str) -> dict[str, Benchmark]:
    """Return each benchmark's newest values by its test's name; runs before *since* only give a ratio."""
    before: dict[str, Benchmark] = {}
    newest: dict[str, Benchmark] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            saved = orjson.loads(path.read_bytes())
            benchmarks = {run["name"]: _benchmark(run, before.get(run["name"]), saved) for run in saved["benchmarks"]}
        except (orjson.JSONDecodeError, KeyError) as err:
            raise BadRecord(f"{path} is no saved run of pytest-benchmark ({err}): delete it; nox -s timing") from err
        before |= benchmarks
        if saved.get("datetime", since) >= since:
            newest |= benchmarks
    return newest


def _benchmark(run: Mapping[str, Any], before: Benchmark | None, saved: Mapping[str, Any]) -> Benchmark:
    stats, where = run["stats"], saved.get("machine_info", {})
    cpu = where.get("cpu", {})
    return Benchmark(
        median=float(stats["median"]),
        iqr=float(stats.get("iqr", 0)),
        rounds=int(stats.get("rounds", 1)),
        extra=run.get("extra_info", {}),
        ratio=float(stats["median"]) / before.median if before and before.median else None,
        machine=f"{cpu['count']} cores of {cpu.get('brand_raw', '?')}, Python {where['python_version']}" if cpu else "",
    )


def _flakiness(path: Path, since: str) -> dict[str, list[StoryRun]]:
    if not path.exists():
        return {}
    ledger = Ledger(path)
    runs = {story: ledger.runs(story, FLAKY_RUNS, since) for story in ledger.stories()}
    return {story: last for story, last in runs.items() if last}
