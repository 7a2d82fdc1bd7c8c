"""How a chart becomes an SVG picture that stands in the page itself."""

from __future__ import annotations

import io
from collections.abc import Sequence

from cycler import cycler
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# As many as a picture has lines.
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


def figure(rows: float) -> tuple[Figure, Axes]:
    """One picture, as high as so many bars."""
    made = Figure(figsize=(WIDTH, 0.8 + 0.42 * rows), layout="constrained")
    return made, made.subplots()


def bars(made: Figure, axes: Axes, names: Sequence[str], unit: str, *, legend: bool = True) -> str:
    """The end of a picture of horizontal bars."""
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(unit)
    axes.xaxis.set_major_formatter(PLAIN)
    if legend:
        beside(made, axes)
    return svg(made)


def beside(made: Figure, axes: Axes) -> None:
    """A legend outside of the axes, where it covers nothing."""
    made.legend(*axes.get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize=8)


def svg(made: Figure) -> str:
    """The picture."""
    text = io.StringIO()
    made.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
