"""The success criteria SC-001 to SC-010 of the specification, with our own, stricter targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lakestand.measure.report import costs, judging
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.judging import Verdict
from lakestand.measure.report.specified import TESTS


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One promise: the specification's *target* and *ours*, in words, and the *command* that measures it."""

    name: str
    what: str
    target: str
    ours: str
    command: str
    judge: Callable[[Evidence], Verdict]


CRITERIA = (
    Criterion(
        name="SC-001",
        what="all tests pass",
        target=f"{TESTS} of {TESTS}",
        ours=f"at least {TESTS}, no skip, any order",
        command="nox",
        judge=judging.all_tests,
    ),
    Criterion(
        name="SC-002",
        what="Iceberg, 48 tests",
        target="< 10 min",
        ours="< 60 s",
        command="nox -s iceberg",
        judge=judging.story("iceberg", 48, 600, 60),
    ),
    Criterion(
        name="SC-003",
        what="Delta is not flaky",
        target="0 % in 10 runs, < 8 min each",
        ours="0 in random orders, a busy processor too; < 2 min each that has 2 cores to itself",
        command="nox -s flakiness",
        judge=judging.flakiness,
    ),
    Criterion(
        name="SC-004",
        what="schema registry",
        target="< 2 min",
        ours="< 20 s",
        command="nox -s schema",
        judge=judging.story("schema", 6, 120, 20),
    ),
    Criterion(
        name="SC-005",
        what="1,000 rows written and read",
        target="< 5 s and < 2 s",
        ours="Iceberg p50 < 150 and < 100 ms, Delta's warm write < 0.5 s",
        command="nox -s timing",
        judge=costs.tables,
    ),
    Criterion(
        name="SC-006",
        what="the stand starts",
        target="< 3 min",
        ours="fresh < 10 s, warm < 7 s",
        command="nox -s startup",
        judge=costs.startup,
    ),
    Criterion(
        name="SC-007",
        what="memory of all services",
        target="< 8 GB",
        ours="idle < 1.3 GB, after load < 2.5 GB; with Spark < 2.2 and < 3.5 GB",
        command="nox -s memory",
        judge=costs.memory,
    ),
    Criterion(
        name="SC-008",
        what="source and destination are equal",
        target="counts",
        ours="counts, keys and hashes of all rows",
        command="nox -s reconcile roads",
        judge=judging.equal("reconcile", "roads"),
    ),
    Criterion(
        name="SC-009",
        what="PostgreSQL and MySQL into Iceberg and Delta",
        target="all four roads",
        ours="exactly once under replay and kill -9",
        command="nox -s iceberg delta roads e2e",
        judge=judging.equal(*judging.ROADS),
    ),
    Criterion(
        name="SC-010",
        what="schema registrations",
        target="100 a minute",
        ours="60 a second",
        command="nox -s timing",
        judge=costs.registrations,
    ),
)
# What the specification promises besides, or we alone.
MORE = (
    Criterion(
        name="lag",
        what="from a commit until it is there",
        target="< 5 s",
        ours="in Kafka p50 < 55 ms, p99 < 250 ms; in Iceberg p50 < 1 s",
        command="nox -s lag",
        judge=costs.lag,
    ),
    Criterion(
        name="throughput",
        what="one pipeline process from a full topic",
        target="none",
        ours="changelogs 150,000 events/s, Iceberg mirror 40,000, Delta mirror 120,000",
        command="nox -s throughput",
        judge=costs.throughput,
    ),
)
