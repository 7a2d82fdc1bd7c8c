"""The success criteria SC-001 to SC-010 of the specification, with our own, stricter targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from lakestand.errors import NotMeasured
from lakestand.measure.report import costs, judging, limits
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.judging import Verdict
from lakestand.measure.report.limits import ours_in_words, specification_in_words
from lakestand.measure.report.results import CriterionResult
from lakestand.measure.report.specified import TESTS


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One promise: the specification's *target* and *ours*, in words, and the *command* that measures it.

    *judge* raises NotMeasured when the evidence lacks a figure that it needs.
    """

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
        target=specification_in_words(limits.ICEBERG),
        ours=ours_in_words(limits.ICEBERG),
        command="nox -s iceberg",
        judge=judging.story(48, limits.ICEBERG),
    ),
    Criterion(
        name="SC-003",
        what="Delta is not flaky",
        target=f"0 % in 10 runs, {specification_in_words(limits.FLAKINESS)} each",
        ours=f"0 in random orders, a busy processor too; {ours_in_words(limits.FLAKINESS)}",
        command="nox -s flakiness",
        judge=judging.flakiness,
    ),
    Criterion(
        name="SC-004",
        what="schema registry",
        target=specification_in_words(limits.SCHEMA),
        ours=ours_in_words(limits.SCHEMA),
        command="nox -s schema",
        judge=judging.story(6, limits.SCHEMA),
    ),
    Criterion(
        name="SC-005",
        what="1,000 rows written and read",
        target=specification_in_words(limits.TABLES),
        ours=ours_in_words(limits.TABLES),
        command="nox -s timing",
        judge=costs.tables,
    ),
    Criterion(
        name="SC-006",
        what="the stand starts",
        target=specification_in_words(limits.STARTUP),
        ours=ours_in_words(limits.STARTUP),
        command="nox -s startup",
        judge=costs.startup,
    ),
    Criterion(
        name="SC-007",
        what="memory of all services",
        target=specification_in_words(limits.MEMORY),
        ours=ours_in_words(limits.MEMORY),
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
        target=specification_in_words(limits.REGISTRATIONS),
        ours=ours_in_words(limits.REGISTRATIONS),
        command="nox -s timing",
        judge=costs.registrations,
    ),
)
# What the specification promises besides, or we alone.
MORE = (
    Criterion(
        name="lag",
        what="from a commit until it is there",
        target=specification_in_words(limits.LAG),
        ours=ours_in_words(limits.LAG),
        command="nox -s lag",
        judge=costs.lag,
    ),
    Criterion(
        name="throughput",
        what="one pipeline process from a full topic",
        target=specification_in_words(limits.THROUGHPUT),
        ours=ours_in_words(limits.THROUGHPUT),
        command="nox -s throughput",
        judge=costs.throughput,
    ),
)


def judge_all(evidence: Evidence) -> list[CriterionResult]:
    """Return what became of each criterion, in the order of the tables above."""
    return [_judge(criterion, evidence) for criterion in (*CRITERIA, *MORE)]


def _judge(criterion: Criterion, evidence: Evidence) -> CriterionResult:
    try:
        verdict = criterion.judge(evidence)
    except NotMeasured as err:
        verdict = Verdict(measured=f"not measured: {err}", met=False, ours_met=False)
    return CriterionResult(
        name=criterion.name,
        what=criterion.what,
        target=criterion.target,
        ours=criterion.ours,
        command=criterion.command,
        **asdict(verdict),
    )
