"""The report as JSON, Markdown and one HTML page that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lakestand.measure import record
from lakestand.measure.machine import Machine
from lakestand.measure.report import charts
from lakestand.measure.report.criteria import CRITERIA
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.judging import NotMeasuredError

SCHEMA = 1
COLUMNS = ("", "what", "target", "ours", "measured", "met", "ours met", "command")
TOP = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Lakestand: what was measured</title>"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
h1, h2 { font-weight: 600 } table { border-collapse: collapse; width: 100%; font-size: 14px }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3e9; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums } code { white-space: nowrap }
.pass { color: #1a7f45 } .fail { color: #b3261e; font-weight: 600 } svg { width: 100%; height: auto }
td:first-child { white-space: nowrap }
figcaption { color: #55626f } figure { margin: 1.5rem 0 } .wide { overflow-x: auto }
"""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A criterion and what became of it; *met* is False where nothing was measured."""

    name: str
    what: str
    target: str
    ours: str
    measured: str
    met: bool
    ours_met: bool
    command: str

    def cells(self) -> tuple[str, ...]:
        """Under COLUMNS."""
        said = [("no", "yes")[flag] for flag in (self.met, self.ours_met)]
        return (self.name, self.what, self.target, self.ours, self.measured, *said, self.command)

    def short(self) -> tuple[str, ...]:
        """For a terminal's width."""
        return self.name, f"{self.what}: {self.target}", self.measured, "yes" if self.met else "NO"


def judged(evidence: Evidence) -> list[Judged]:
    """All criteria, in their order."""
    return [_judged(evidence, each.name) for each in CRITERIA]


def _judged(evidence: Evidence, name: str) -> Judged:
    each = next(c for c in CRITERIA if c.name == name)
    words = {"name": each.name, "what": each.what, "target": each.target, "ours": each.ours, "command": each.command}
    try:
        verdict = each.judge(evidence)
    except NotMeasuredError as err:
        return Judged(**words, measured=f"not measured: {err}", met=False, ours_met=False)
    return Judged(**words, measured=verdict.measured, met=verdict.met, ours_met=verdict.ours_met)


def as_data(evidence: Evidence, found: Sequence[Judged], machine: Machine, made: str) -> dict[str, Any]:
    """Everything, for programs; *schema* changes when a field does."""
    return {
        "schema": SCHEMA,
        "made": made,
        "machine": asdict(machine),
        "criteria": [asdict(each) for each in found],
        "stories": {name: asdict(suite) for name, suite in evidence.suites.items()},
        "flakiness": {name: asdict(runs) for name, runs in evidence.flakiness.items()},
        "figures": {name: record.table(each.series) for name, each in evidence.records.items()},
        "not_measured": {k: v for each in evidence.records.values() for k, v in each.missing.items()},
        "benchmarks_median_s": {name: run["stats"]["median"] for name, run in evidence.benchmarks.items()},
    }


def as_markdown(data: dict[str, Any], found: Sequence[Judged]) -> str:
    """For a pull request or a terminal."""
    lines = ["# Lakestand: what was measured", "", f"{data['made']}, on {Machine(**data['machine'])}.", ""]
    lines += _table(COLUMNS, [each.cells() for each in found])
    for name, rows in data["figures"].items():
        lines += ["", f"## {name}", "", *_table(list(rows[0]), [list(row.values()) for row in rows])]
    if data["not_measured"]:
        lines += ["", "## Not measured", "", *(f"- {name}: {why}" for name, why in data["not_measured"].items())]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |"


def as_html(data: dict[str, Any], found: Sequence[Judged], evidence: Evidence) -> str:
    """One page with its pictures inside."""
    pictures = [
        f"<figure>{svg}<figcaption>{html.escape(words)}</figcaption></figure>" for words, svg in charts.drawn(evidence)
    ]
    figures = [
        f"<h2>{html.escape(name)}</h2>{_html(list(rows[0]), [list(row.values()) for row in rows])}"
        for name, rows in data["figures"].items()
    ]
    missing = "".join(f"<li>{html.escape(f'{name}: {why}')}</li>" for name, why in data["not_measured"].items())
    met = sum(each.met for each in found)
    return "\n".join(
        (
            f"{TOP}<style>{STYLE}</style>",
            f"<h1>Lakestand: {met} of {len(found)} criteria met</h1>",
            f"<p>{html.escape(data['made'])}, on {html.escape(str(Machine(**data['machine'])))}.</p>",
            _html(COLUMNS, [each.cells() for each in found]),
            *pictures,
            *figures,
            f"<h2>Not measured</h2><ul>{missing}</ul>" if missing else "",
            "</html>",
        )
    )


def _html(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<div class='wide'><table><tr>{top}</tr>{body}</table></div>"


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<td class='n'>{value:,}</td>"
    kind = {"yes": " class='pass'", "no": " class='fail'"}.get(str(value), "")
    return f"<td{kind}>{html.escape(str(value))}</td>"
