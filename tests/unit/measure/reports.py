"""What the measurements leave in reports/, written by hand: JUnit files, records, benchmarks and runs of flakiness."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from lakestand.measure import record
from lakestand.measure.flakiness.ledger import Ledger, Outcome, StoryRun
from lakestand.measure.record import Session
from lakestand.measure.report import criteria, evidence
from lakestand.measure.report.results import CriterionResult
from lakestand.measure.report.specified import SPECIFIED

CRITERIA = [*(f"SC-{number:03}" for number in range(1, 11)), "lag", "throughput"]


def by_name(reports: Path) -> dict[str, CriterionResult]:
    """Judge the criteria by what lies in *reports*, and return each result by its criterion's name."""
    return {result.name: result for result in criteria.judge_all(evidence.gather(reports))}


def write_junit(
    folder: Path, name: str, passed: int, *, failed: int = 0, skipped: int = 0, seconds: float = 10, more: str = ""
) -> None:
    """Write the JUnit file of session *name*, with so many tests of each outcome and the cases of *more*."""
    cases = "<testcase classname='c' name='ok' time='1'/>" * passed
    cases += "<testcase classname='c' name='bad' time='1'><failure>why</failure></testcase>" * failed
    cases += "<testcase classname='c' name='left'><skipped/></testcase>" * skipped
    (folder / "junit").mkdir(exist_ok=True)
    text = f"<testsuites><testsuite time='{seconds}'>{cases}{more}</testsuite></testsuites>"
    (folder / "junit" / f"{name}.xml").write_text(text)


def specified_cases(*, short_of: str = "") -> str:
    """Return JUnit cases: in each file as many as are specified, in *short_of* one too few."""
    files = {file: count - (file == short_of) for file, count in SPECIFIED.items()}
    names = {f: f.removesuffix(".py").replace("/", ".") + ("" if f.endswith(".py") else "x") for f in files}
    return "".join(f"<testcase classname='{names[f]}.TestIt' name='ok' time='1'/>" * n for f, n in files.items())


def write_record(
    folder: Path, name: str, parameters: Mapping[str, object], samples: Mapping[str, tuple[float, ...]], unit: str = "x"
) -> None:
    """Write the record of a measurement with a series of samples by each name."""
    session = Session(name=name, command=f"nox -s {name}")
    for series, values in samples.items():
        session.add(f"{name}.{series}", series, "1/s" if series.endswith(".reached") else unit, *values)
    record.save(session.record(parameters=parameters), folder / "records")


def write_benchmarks(folder: Path, medians: dict[str, float], number: int = 1) -> None:
    """Write a file of pytest-benchmark with these medians, in seconds, and 174.2 registrations a second."""
    stats = {"iqr": 0.01, "rounds": 20}
    runs = [{"name": f"test_{n}", "stats": stats | {"median": v}, "extra_info": {}} for n, v in medians.items()]
    runs += [
        {
            "name": "test_several_clients_register_new_schemas",
            "stats": stats | {"median": 1.0},
            "extra_info": {"registrations_per_s": 174.2},
        }
    ]
    (folder / "benchmarks").mkdir(exist_ok=True)
    saved = {"benchmarks": runs, "datetime": "2026-01-01T00:00:00+00:00"}
    (folder / "benchmarks" / f"000{number}.json").write_bytes(orjson.dumps(saved))


def write_runs(folder: Path, seconds: float, outcomes: list[str], began: str = "2026", busy: float = 240) -> None:
    """Add a run to the ledger for each outcome; every second one is beside busy processes and takes *busy* seconds."""
    ledger = Ledger(folder / "flakiness.sqlite")
    for seed, outcome in enumerate(outcomes):
        run = StoryRun(story="delta", seed=seed, began=began, seconds=busy if seed % 2 else seconds, busy=seed % 2)
        ledger.add(run, [Outcome(test="t", outcome=outcome, seconds=1)])


def lag_samples(kafka: float = 20, iceberg: float = 500) -> dict[str, tuple[float, ...]]:
    """Return three lag_samples in ms to each place at 100 rows a second, the last ten times as long as the others."""
    places = {"kafka": kafka, "iceberg": iceberg, "delta": 300.0}
    return {f"100.{where}": (ms, ms, ms * 10) for where, ms in places.items()}
