"""JUnit reports, read and written: what pytest leaves for each story, and the criteria as a CI server shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from lakestand.measure.flakiness.ledger import Outcome
from lakestand.measure.report.results import CriterionResult

OUTCOMES = {Failure: "failed", Error: "error", Skipped: "skipped"}


def read_outcomes(path: Path) -> Iterator[Outcome]:
    """Yield the outcome of each test of the report at *path*; a failure's evidence is its trace and what it printed."""
    for suite in _suites(path):
        for case in suite:
            yield _outcome(case)


def read_seconds(path: Path) -> float:
    """Return how many seconds the runs of the report at *path* took."""
    return sum(float(suite.time or 0) for suite in _suites(path))


def read_hosts(path: Path) -> set[str]:
    """Return the names of the machines that the report at *path* was made on; JUnit knows no more of them."""
    return {suite.hostname for suite in _suites(path) if suite.hostname}


def write_criteria(results: Sequence[CriterionResult], path: Path) -> None:
    """Write a report with a test case for each criterion; one that is not met, or was not measured, is a failure."""
    suite = TestSuite("criteria")
    for result in results:
        suite.add_testcase(_case(result))
    report = JUnitXml()
    report.add_testsuite(suite)
    report.write(str(path))


def _suites(path: Path) -> Iterator[TestSuite]:
    report = JUnitXml.fromfile(str(path))
    yield from [report] if isinstance(report, TestSuite) else report


def _outcome(case: TestCase) -> Outcome:
    result = next((r for r in case.result if type(r) in OUTCOMES), None)
    return Outcome(
        test=f"{case.classname}::{case.name}",
        outcome=OUTCOMES[type(result)] if result else "passed",
        seconds=float(case.time or 0),
        evidence="\n".join(filter(None, (result.text, case.system_out, case.system_err))) if result else "",
    )


def _case(result: CriterionResult) -> TestCase:
    case = TestCase(f"{result.name} {result.what}: {result.target}", "criteria")
    case.system_out = f"{result.measured} ({result.command}; {result.machine or 'no machine'})"
    if not result.met:
        case.result = [Failure(result.measured)]
    return case
