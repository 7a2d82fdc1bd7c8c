"""The chart of throughput: how each stage's rate grows with the number of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from matplotlib import ticker

from lakestand.measure.record import Record
from lakestand.measure.report import drawing

Row = Mapping[str, Any]


def draw_throughput(record: Record) -> str:
    """Draw a panel for the connectors and one for each format of the records in Kafka; empty without any rate."""
    carried = record.details.get("from Kafka into tables") or ()
    panels = {"from databases into Kafka": list(record.details.get("from databases into Kafka") or ())}
    for kind in dict.fromkeys(row["format"] for row in carried):
        panels[f"from Kafka into tables, {kind}"] = [row for row in carried if row["format"] == kind]
    panels = {title: rows for title, rows in panels.items() if rows}
    if not panels:
        return ""
    figure, _ = drawing.new_figure(9 * len(panels))
    figure.clear()
    grid = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    for axes, (title, rows) in zip(grid, panels.items(), strict=True):
        _lines(axes, rows)
        axes.set_title(title)
    return drawing.to_svg(figure)


def _lines(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401  Axes, which is not known without matplotlib
    dashes = cycle(("--", ":", "-."))
    for what in dict.fromkeys(row["what"] for row in rows):
        points = sorted((row["events"], row["events/s"]) for row in rows if row["what"] == what)
        style = {"linestyle": next(dashes), "color": "#888"} if what.endswith("alone") else {}
        axes.plot(*zip(*points, strict=True), marker="o", markersize=4, label=what, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sorted({row["events"] for row in rows}))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(drawing.PLAIN)
    axes.minorticks_off()
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.set_xlabel("events")
    axes.set_ylabel("events/s")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
