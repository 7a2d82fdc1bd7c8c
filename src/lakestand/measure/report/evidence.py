"""What the sessions left in reports/: the stories' JUnit files, records, saved benchmarks and the ledger of runs."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import orjson

from lakestand.errors import BadRecord
from lakestand.measure import machine, record
from lakestand.measure.flakiness.ledger import LEDGER, Ledger, StoryRun, outcomes, suite_seconds
from lakestand.measure.record import Record

FLAKY_RUNS = 10
# Holds the moment at which `nox -s acceptance` began: what ran before is none of its business.
SINCE = "since"


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The last run of a session's tests; *seconds* from the first to the last, *files* with their passed tests."""

    passed: int
    failed: int
    skipped: int
    seconds: float
    files: Mapping[str, int] = field(default_factory=dict)
    machine: str = ""

    @property
    def clean(self) -> bool:
        """Whether all passed, at least one."""
        return self.passed > 0 and not self.failed and not self.skipped


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One operation's newest saved run; *ratio* is its median to that of the run before, None without one."""

    median: float
    iqr: float
    rounds: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    ratio: float | None = None
    machine: str = ""
    told: bool = True


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that was found; what was not measured is not there. *earlier* are all startups, oldest first."""

    suites: Mapping[str, Suite] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    benchmarks: Mapping[str, Benchmark] = field(default_factory=dict)
    flakiness: Mapping[str, Sequence[StoryRun]] = field(default_factory=dict)
    earlier: Sequence[Record] = ()


def gather(reports: Path) -> Evidence:
    """From the files of one checkout; BadRecord names one that cannot be read."""
    mark = reports / SINCE
    since = mark.read_text().strip() if mark.exists() else ""
    return Evidence(
        suites={path.stem: _suite(path) for path in sorted((reports / "junit").glob("*.xml"))},
        records={n: r for n, r in record.latest(reports / record.FOLDER).items() if r.began >= since},
        benchmarks=_benchmarks(reports / "benchmarks", since),
        flakiness=_flakiness(reports / LEDGER, since),
        earlier=list(record.history("startup", reports / record.FOLDER)),
    )


def _suite(path: Path) -> Suite:
    found = list(outcomes(path))
    kinds = Counter(o.outcome for o in found)
    passed, skipped = kinds["passed"], kinds["skipped"]
    return Suite(
        passed=passed,
        failed=len(found) - passed - skipped,
        skipped=skipped,
        seconds=round(suite_seconds(path), 1),
        files=dict(Counter(_file(o.test) for o in found if o.outcome == "passed")),
        machine=_where(path),
    )


def _file(test: str) -> str:
    """tests.unit.test_x.TestY::test_z → tests/unit/test_x.py."""
    parts = test.partition("::")[0].split(".")
    while len(parts) > 1 and parts[-1][:1].isupper():
        parts.pop()
    return "/".join(parts) + ".py"


def _where(path: Path) -> str:
    """JUnit knows a host's name only."""
    hosts = {suite.get("hostname", "") for suite in parse(path).iter("testsuite")} - {""}  # noqa: S314
    return str(machine.inspect_machine()) if hosts <= {platform.node()} else f"host {', '.join(sorted(hosts))}"


def _benchmarks(folder: Path, since: str) -> dict[str, Benchmark]:
    """Each benchmark's newest values, by the test's name. Runs before *since* are only compared with."""
    found: dict[str, Benchmark] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            saved = orjson.loads(path.read_bytes())
            told = saved.get("datetime", since) >= since
            found |= {run["name"]: _benchmark(run, found.get(run["name"]), saved, told) for run in saved["benchmarks"]}
        except (orjson.JSONDecodeError, KeyError) as err:
            raise BadRecord(f"{path} is no saved run of pytest-benchmark ({err}): delete it; nox -s timing") from err
    return {name: each for name, each in found.items() if each.told}


def _benchmark(run: Mapping[str, Any], before: Benchmark | None, saved: Mapping[str, Any], told: bool) -> Benchmark:
    stats, where = run["stats"], saved.get("machine_info", {})
    cpu = where.get("cpu", {})
    return Benchmark(
        median=float(stats["median"]),
        iqr=float(stats.get("iqr", 0)),
        rounds=int(stats.get("rounds", 1)),
        extra=run.get("extra_info", {}),
        ratio=float(stats["median"]) / before.median if before and before.median else None,
        machine=f"{cpu['count']} cores of {cpu.get('brand_raw', '?')}, Python {where['python_version']}" if cpu else "",
        told=told,
    )


def _flakiness(path: Path, since: str) -> dict[str, list[StoryRun]]:
    if not path.exists():
        return {}
    ledger = Ledger(path)
    found = {story: ledger.runs(story, FLAKY_RUNS, since) for story in ledger.stories()}
    return {story: runs for story, runs in found.items() if runs}
