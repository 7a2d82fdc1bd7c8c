"""The report as data, for programs and for the figures of README.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lakestand.measure import record
from lakestand.measure.machine import Machine
from lakestand.measure.record import Record
from lakestand.measure.report.evidence import Benchmark, Evidence
from lakestand.measure.report.results import CriterionResult
from lakestand.measure.report.tables import count_native_tests

SCHEMA = 2


def as_dict(evidence: Evidence, results: Sequence[CriterionResult], machine: Machine, made: str) -> dict[str, Any]:
    """Return everything that report.json holds; its *schema* changes when a field does.

    *machine* is the one that the report is made on, *made* the moment as ISO 8601.
    """
    return {
        "schema": SCHEMA,
        "made": made,
        "machine": asdict(machine),
        "criteria": [asdict(result) for result in results],
        "stories": {name: asdict(suite) for name, suite in evidence.suites.items()},
        "tests": [asdict(count) | {"met": count.met} for count in count_native_tests(evidence)],
        "flakiness": {name: [asdict(run) for run in runs] for name, runs in evidence.flakiness.items()},
        "records": {name: _session(session) for name, session in evidence.records.items()},
        "benchmarks": {name: _benchmark(benchmark) for name, benchmark in evidence.benchmarks.items()},
        "not_measured": {k: v for session in evidence.records.values() for k, v in session.missing.items()},
    }


def _benchmark(benchmark: Benchmark) -> dict[str, Any]:
    return asdict(benchmark) | {"told": True}  # a field of schema 2; it has no other value


def _session(session: Record) -> dict[str, Any]:
    rows = zip(session.series, record.series_table(session.series), strict=True)
    return {
        "command": session.command,
        "began": session.began,
        "seconds": session.seconds,
        "runtime": session.runtime,
        "machine": str(session.machine),
        "commit": session.machine.commit,
        "load": session.machine.load,
        "loop_ms": session.machine.loop_ms,
        "parameters": dict(session.parameters),
        "details": dict(session.details),
        "figures": [{"name": series.name, **row} for series, row in rows],
    }
