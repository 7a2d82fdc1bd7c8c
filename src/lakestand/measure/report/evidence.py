"""What the sessions left in reports/: the stories' JUnit files, records, saved benchmarks and the ledger of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from lakestand.errors import BadRecord
from lakestand.measure import record
from lakestand.measure.ledger import Ledger, outcomes, suite_seconds
from lakestand.measure.record import Record

REPORTS = Path("reports")
FLAKY_RUNS = 10


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The last run of a session's tests; *seconds* from the first to the last."""

    passed: int
    failed: int
    skipped: int
    seconds: float

    @property
    def clean(self) -> bool:
        """Whether all passed, at least one."""
        return self.passed > 0 and not self.failed and not self.skipped


@dataclass(frozen=True, kw_only=True)
class Runs:
    """The last runs of a story in random orders: how long each took in seconds, and failures of tests in all."""

    seconds: tuple[float, ...]
    failures: int


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that was found; what was not measured is not there."""

    suites: Mapping[str, Suite] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    benchmarks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    flakiness: Mapping[str, Runs] = field(default_factory=dict)


def gather(reports: Path = REPORTS) -> Evidence:
    """From the files of one checkout; BadRecord names one that cannot be read."""
    return Evidence(
        suites={path.stem: _suite(path) for path in sorted((reports / "junit").glob("*.xml"))},
        records=record.latest(reports / "records"),
        benchmarks=_benchmarks(reports / "benchmarks"),
        flakiness=_flakiness(reports / "flakiness.sqlite"),
    )


def _suite(path: Path) -> Suite:
    kinds = [o.outcome for o in outcomes(path)]
    passed, skipped = kinds.count("passed"), kinds.count("skipped")
    failed = len(kinds) - passed - skipped
    return Suite(passed=passed, failed=failed, skipped=skipped, seconds=round(suite_seconds(path), 1))


def _benchmarks(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Each benchmark's newest values, by the test's name."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            runs = orjson.loads(path.read_bytes())["benchmarks"]
        except (orjson.JSONDecodeError, KeyError) as err:
            raise BadRecord(f"{path} is no saved run of pytest-benchmark ({err}): delete it; nox -s timing") from err
        found |= {run["name"]: run for run in runs}
    return found


def _flakiness(path: Path) -> dict[str, Runs]:
    if not path.exists():
        return {}
    ledger = Ledger(path)
    found = {story: ledger.runs(story, FLAKY_RUNS) for story in ledger.stories()}
    return {story: Runs(seconds=seconds, failures=failures) for story, (seconds, failures) in found.items()}
