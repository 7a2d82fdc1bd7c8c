"""The report as one HTML page that needs no other file: styles and pictures stand in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
from markupsafe import Markup

from lakestand.measure.report import charts
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.results import COLUMNS, CriterionResult, list_machines
from lakestand.measure.report.tables import list_tables

TEMPLATE = "report.html.jinja"
FOLDED_ROWS = 40  # a longer table is opened by a click


def as_html(data: Mapping[str, Any], results: Sequence[CriterionResult], evidence: Evidence) -> str:
    """Return report.html: the criteria, the charts, the tables; *data* is what report.json holds.

    Every text is escaped; only the charts, which matplotlib has drawn, are markup.
    """
    machines = list_machines(results)
    template = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(TEMPLATE)
    return template.render(
        data=data,
        machines=machines,
        met=sum(result.met for result in results),
        criteria=[result.cells(machines) for result in results],
        columns=COLUMNS,
        charts=[(caption, Markup(svg)) for caption, svg in charts.draw_all(evidence)],  # noqa: S704  matplotlib's own
        tables=list_tables(evidence),
        folded_rows=FOLDED_ROWS,
    )
