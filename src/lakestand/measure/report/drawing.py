"""What the charts have in common: their size, their style, and how they become SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence

from cycler import cycler
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# As many colours as a chart has lines.
COLOURS = [
    *("#2563a8", "#d97a2b", "#3f8f5f", "#8c5aa8", "#b3455a", "#7a7a2b"),
    *("#2aa5b5", "#8a5a3c", "#e08bb8", "#4a4a4a", "#9bbf3b", "#c9a400"),
]
# Text stays text: it can be read out and searched. A fixed salt makes the same figures the same bytes.
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lakestand",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.prop_cycle": cycler(color=COLOURS),
}
WIDTH = 8.0  # inches
PLAIN = ticker.StrMethodFormatter("{x:,.0f}")


def new_figure(rows: float) -> tuple[Figure, Axes]:
    """Return an empty figure that is high enough for *rows* bars, and its axes."""
    figure = Figure(figsize=(WIDTH, 0.8 + 0.42 * rows), layout="constrained")
    return figure, figure.subplots()


def finish_bars(figure: Figure, axes: Axes, names: Sequence[str], unit: str, *, legend: bool = True) -> str:
    """Label horizontal bars, one for each of *names*, with their *unit*, and return the figure as SVG."""
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(unit)
    axes.xaxis.set_major_formatter(PLAIN)
    if legend:
        add_legend(figure, axes)
    return to_svg(figure)


def add_legend(figure: Figure, axes: Axes) -> None:
    """Put the legend outside of the axes, where it covers nothing."""
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize=8)


def to_svg(figure: Figure) -> str:
    """Return the figure as an SVG element, without the XML declaration that no HTML page may hold."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
