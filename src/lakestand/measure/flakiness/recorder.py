"""A pytest plugin that writes the outcome of every test as a line of JSON, the moment it is known.

`pytest -p lakestand.measure.flakiness.recorder --outcomes FILE`. A JUnit report will not do: it is written at the end
of a run that comes to its end, and drops the sections that a failed test's report got from conftest.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson
import pytest

from lakestand.measure.flakiness.ledger import UNCOLLECTED, Outcome

LAST = {"teardown", "???"}  # ??? is xdist's phase of a test in which its worker died


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --outcomes, the file."""
    parser.addoption("--outcomes", type=Path, help="a line of JSON for every test is added to this file")


def pytest_configure(config: pytest.Config) -> None:
    """Record where all reports come together, which is not in a worker of xdist."""
    path = config.getoption("--outcomes")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path), "lakestand-recorder")


@dataclass(eq=False)  # pluggy hashes its plugins: equality by value would leave this one without a hash
class Recorder:
    """Joins the phases of each test to one outcome, and appends it to *path* as a line of JSON."""

    path: Path
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    bad: dict[str, tuple[str, str]] = field(default_factory=dict)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Record a file that cannot be collected."""
        if report.failed:
            self._write(Outcome(test=report.nodeid, outcome=UNCOLLECTED, seconds=0, evidence=_evidence(report)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase to its test's outcome, which the first phase that does not pass decides."""
        name = report.nodeid
        self.seconds[name] += report.duration
        if report.outcome != "passed":
            kind = report.outcome if report.when in {"call", "???"} or report.skipped else "error"
            self.bad.setdefault(name, (kind, _evidence(report)))
        if report.when in LAST:
            outcome, evidence = self.bad.pop(name, ("passed", ""))
            self._write(Outcome(test=name, outcome=outcome, seconds=self.seconds.pop(name), evidence=evidence))

    def _write(self, outcome: Outcome) -> None:
        with self.path.open("ab") as file:
            file.write(orjson.dumps(asdict(outcome)) + b"\n")


def _evidence(report: pytest.TestReport | pytest.CollectReport) -> str:
    sections = [f"--- {title} ---\n{text}" for title, text in report.sections]
    return "\n".join((report.longreprtext, *sections))
