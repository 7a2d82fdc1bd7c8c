"""The report as Markdown, for a pull request or a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.results import COLUMNS, CriterionResult, list_machines
from lakestand.measure.report.tables import list_tables


def as_markdown(data: Mapping[str, Any], results: Sequence[CriterionResult], evidence: Evidence) -> str:
    """Return report.md: the criteria, the tables, and what was not measured; *data* is what report.json holds."""
    machines = list_machines(results)
    lines = ["# Lakestand: what was measured", "", f"{data['made']}, commit {data['machine']['commit']}.", ""]
    lines += [*(f"{number}. {machine}" for number, machine in enumerate(machines, 1)), ""]
    lines += _table(COLUMNS, [result.cells(machines) for result in results])
    for title, head, rows in list_tables(evidence):
        lines += ["", f"## {title}", "", *_table(head, rows)]
    if data["not_measured"]:
        lines += ["", "## Not measured", "", *(f"- {name}: {why}" for name, why in data["not_measured"].items())]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
