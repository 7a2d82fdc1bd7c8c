"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from lakestand.measure.report import charts, pages
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.pages import CriterionResult

TOP = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Lakestand: what was measured</title>"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
h1, h2 { font-weight: 600 } h2 { font-size: 1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3e9; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.pass { color: #1a7f45 } .fail { color: #b3261e; font-weight: 600 } svg { width: 100%; height: auto }
td:first-child { min-width: 4rem }
figcaption { color: #55626f } figure { margin: 1.5rem 0 } .wide { overflow-x: auto } summary { cursor: pointer }
"""
FOLDED = 40  # rows; a longer table is opened by a click


def as_html(data: dict[str, Any], found: Sequence[CriterionResult], evidence: Evidence) -> str:
    """The criteria, then pictures, then all figures."""
    known = pages.machines(found)
    pictures = [
        f"<figure>{svg}<figcaption>{html.escape(words)}</figcaption></figure>" for words, svg in charts.drawn(evidence)
    ]
    missing = "".join(f"<li>{html.escape(f'{name}: {why}')}</li>" for name, why in data["not_measured"].items())
    places = "".join(f"<li>{html.escape(machine)}</li>" for machine in known)
    met = sum(each.met for each in found)
    return "\n".join(
        (
            f"{TOP}<style>{STYLE}</style>",
            f"<h1>Lakestand: {met} of {len(found)} criteria met</h1>",
            f"<p>{html.escape(data['made'])}, commit {html.escape(data['machine']['commit'])}. Measured on:</p>",
            f"<ol>{places}</ol>",
            _html(pages.COLUMNS, [each.cells(known) for each in found]),
            *pictures,
            *(_section(*table) for table in pages.tables(evidence)),
            f"<h2>Not measured</h2><ul>{missing}</ul>" if missing else "",
            "</html>",
        )
    )


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    table, words = _html(head, rows), html.escape(title)
    if len(rows) <= FOLDED:
        return f"<h2>{words}</h2>{table}"
    return f"<h2>{words}</h2><details><summary>{len(rows)} rows</summary>{table}</details>"


def _html(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<div class='wide'><table><tr>{top}</tr>{body}</table></div>"


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<td class='n'>{value:,}</td>"
    kind = {"yes": " class='pass'", "no": " class='fail'"}.get(str(value), "")
    return f"<td{kind}>{html.escape(str(value))}</td>"
