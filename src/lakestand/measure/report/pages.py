"""The report as data and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lakestand.errors import NotMeasured
from lakestand.measure import record
from lakestand.measure.flakiness.failure_rate import upper_bound
from lakestand.measure.machine import Machine
from lakestand.measure.report.criteria import CRITERIA, MORE, Criterion
from lakestand.measure.report.evidence import Benchmark, Evidence
from lakestand.measure.report.judging import STORIES
from lakestand.measure.report.specified import counted

SCHEMA = 2
COLUMNS = ("", "what", "target", "ours", "measured", "met", "ours met", "command", "on")
Table = tuple[str, list[str], list[list[object]]]  # title, head, rows


@dataclass(frozen=True, kw_only=True)
class CriterionResult:
    """A criterion and what became of it; *met* is False where nothing was measured."""

    name: str
    what: str
    target: str
    ours: str
    measured: str
    met: bool
    ours_met: bool
    command: str
    machine: str = ""

    def cells(self, machines: Sequence[str]) -> list[str]:
        """Under COLUMNS; the machine by its number."""
        said = [("no", "yes")[flag] for flag in (self.met, self.ours_met)]
        where = str(machines.index(self.machine) + 1) if self.machine else "-"
        return [self.name, self.what, self.target, self.ours, self.measured, *said, self.command, where]

    def short(self) -> tuple[str, ...]:
        """For a terminal's width."""
        return self.name, f"{self.what}: {self.target}", self.measured, "yes" if self.met else "NO"


def judge_all(evidence: Evidence) -> list[CriterionResult]:
    """All criteria, in their order."""
    return [_judged(evidence, each) for each in (*CRITERIA, *MORE)]


def _judged(evidence: Evidence, each: Criterion) -> CriterionResult:
    words = {"name": each.name, "what": each.what, "target": each.target, "ours": each.ours, "command": each.command}
    try:
        verdict = each.judge(evidence)
    except NotMeasured as err:
        return CriterionResult(**words, measured=f"not measured: {err}", met=False, ours_met=False)
    return CriterionResult(
        **words,
        measured=verdict.measured,
        met=verdict.met,
        ours_met=verdict.ours_met,
        machine=verdict.machine,
    )


def machines(found: Sequence[CriterionResult]) -> list[str]:
    """All that criteria were measured on, in the order of their numbers."""
    return list(dict.fromkeys(each.machine for each in found if each.machine))


def as_data(evidence: Evidence, found: Sequence[CriterionResult], machine: Machine, made: str) -> dict[str, Any]:
    """Everything, for programs; *schema* changes when a field does."""
    return {
        "schema": SCHEMA,
        "made": made,
        "machine": asdict(machine),
        "criteria": [asdict(each) for each in found],
        "stories": {name: asdict(suite) for name, suite in evidence.suites.items()},
        "tests": [asdict(c) | {"met": c.met} for c in _counts(evidence)],
        "flakiness": {name: [asdict(run) for run in runs] for name, runs in evidence.flakiness.items()},
        "records": {name: _record(each) for name, each in evidence.records.items()},
        "benchmarks": {name: asdict(each) for name, each in evidence.benchmarks.items()},
        "not_measured": {k: v for each in evidence.records.values() for k, v in each.missing.items()},
    }


def _record(each: record.Record) -> dict[str, Any]:
    head = ("command", "began", "seconds", "runtime")
    figures = [{"name": s.name, **row} for s, row in zip(each.series, record.table(each.series), strict=True)]
    return {
        **{name: getattr(each, name) for name in head},
        "machine": str(each.machine),
        "commit": each.machine.commit,
        "load": each.machine.load,
        "loop_ms": each.machine.loop_ms,
        "parameters": dict(each.parameters),
        "details": dict(each.details),
        "figures": figures,
    }


def tables(evidence: Evidence) -> list[Table]:
    """All below the criteria: a title with the command, the machine and how busy it was, head and rows."""
    made: list[Table] = [_tests(evidence), *_flakiness(evidence)]
    if evidence.benchmarks:
        made.append(_timing(evidence.benchmarks))
    for name, each in evidence.records.items():
        at = each.machine
        speed = f", a loop of a million {at.loop_ms} ms" if at.loop_ms else ""
        where = f"{each.command}, {each.began}, commit {at.commit}, load {at.load}{speed}"
        rows = record.table(each.series)
        made.append((f"{name}: {where}, on {at}", list(rows[0]), [list(row.values()) for row in rows]))
        made += [(f"{name}: {title}", head, cells) for title, head, cells in record.tables(each)]
    return made


def _counts(evidence: Evidence) -> Any:  # noqa: ANN401
    native = (suite for name, suite in evidence.suites.items() if name in STORIES)  # Compose runs some of them again
    return counted({path: n for suite in native for path, n in suite.files.items()})


def _tests(evidence: Evidence) -> Table:
    rows: list[list[object]] = [[c.file, c.specified, c.passed, "yes" if c.met else "no"] for c in _counts(evidence)]
    return "tests of each specified file", ["file", "specified", "passed", "met"], rows


def _timing(benchmarks: dict[str, Benchmark] | Any) -> Table:  # noqa: ANN401
    head = ["operation", "p50 ms", "IQR ms", "n", "ratio to the run before"]
    rows = [
        [
            name.removeprefix("test_").replace("_", " "),
            record.short(each.median * 1000),
            record.short(each.iqr * 1000),
            each.rounds,
            round(each.ratio, 2) if each.ratio else "-",
        ]
        for name, each in sorted(benchmarks.items())
    ]
    return "timing: nox -s timing", head, rows


def _flakiness(evidence: Evidence) -> list[Table]:
    head = ["story", "runs", "failed", "failure rate below, 95 % sure", "busy processes", "p50 s", "max s"]
    rows: list[list[object]] = []
    for story, runs in evidence.flakiness.items():
        seconds, failed = sorted(run.seconds for run in runs), sum(run.failures > 0 for run in runs)
        busy = ", ".join(map(str, sorted({run.busy for run in runs})))
        bound = f"{upper_bound(failed, len(runs)):.0%}"
        rows.append([story, len(runs), failed, bound, busy, round(seconds[len(seconds) // 2]), round(seconds[-1])])
    return [("flakiness: the last runs of each story", head, rows)] if rows else []


def as_markdown(data: dict[str, Any], found: Sequence[CriterionResult], evidence: Evidence) -> str:
    """For a pull request or a terminal."""
    known = machines(found)
    lines = ["# Lakestand: what was measured", "", f"{data['made']}, commit {data['machine']['commit']}.", ""]
    lines += [*(f"{n}. {machine}" for n, machine in enumerate(known, 1)), ""]
    lines += _table(COLUMNS, [each.cells(known) for each in found])
    for title, head, rows in tables(evidence):
        lines += ["", f"## {title}", "", *_table(head, rows)]
    if data["not_measured"]:
        lines += ["", "## Not measured", "", *(f"- {name}: {why}" for name, why in data["not_measured"].items())]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |"
