"""The report's charts, each an SVG picture that stands in the page itself."""

from __future__ import annotations

import io
from collections.abc import Iterator

import matplotlib as mpl
from cycler import cycler
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lakestand.measure.record import Record
from lakestand.measure.report.evidence import Evidence

# Text stays text: it can be read out and searched. A fixed salt makes the same figures the same bytes.
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lakestand",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(color=["#2563a8", "#d97a2b", "#3f8f5f", "#8c5aa8"]),
}
WIDTH = 8.0  # inches
HUES = {"kafka": "#2563a8", "iceberg": "#d97a2b", "delta": "#3f8f5f"}


def drawn(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Caption and picture of each chart whose figures were measured."""
    with mpl.rc_context(STYLE):
        if record := evidence.records.get("startup"):
            yield "From when to when each service was starting, the slowest of the runs", _startup(record)
        if record := evidence.records.get("memory"):
            yield "Memory of each service, idle and at its peak under load", _memory(record)
        if record := evidence.records.get("lag"):
            yield "From a commit until the row is visible: part of the rows that arrived within", _lag(record)
        if record := evidence.records.get("throughput"):
            yield "Change events a second of one process, beside what bounds it", _throughput(record)
        if runs := evidence.flakiness.get("delta"):
            yield "The last runs of Delta's tests in random orders", _runs(runs.seconds)


def _startup(record: Record) -> str:
    names = [
        s.name.split(".")[2] for s in record.series if s.name.startswith("startup.fresh.") and s.name[-6:] == ".ready"
    ]
    figure, axes = _axes(len(names))
    for kind, hue in (("fresh", 0.2), ("warm", -0.2)):
        ready = [_most(record, f"startup.{kind}.{n}.ready") for n in names]
        took = [_most(record, f"startup.{kind}.{n}") for n in names]
        starts = [max(end - own, 0) for end, own in zip(ready, took, strict=True)]
        axes.barh(
            [i + hue for i in range(len(names))],
            took,
            0.36,
            left=starts,
            label={"fresh": "fresh data", "warm": "warm"}[kind],
        )
    return _bars(figure, axes, names, "seconds")


def _memory(record: Record) -> str:
    names = [s.name.split(".")[2] for s in record.series if s.name.startswith("memory.idle.")]
    names.sort(key=lambda n: _most(record, f"memory.load.{n}"))
    figure, axes = _axes(len(names))
    for kind, hue in (("load", 0.2), ("idle", -0.2)):
        axes.barh(
            [i + hue for i in range(len(names))], [_most(record, f"memory.{kind}.{n}") for n in names], 0.36, label=kind
        )
    return _bars(figure, axes, names, "MB")


def _lag(record: Record) -> str:
    figure, axes = _axes(8)
    for series in record.series:
        if series.unit == "ms":
            ordered = sorted(max(v, 1) for v in series.samples)
            share = [(i + 1) / len(ordered) for i in range(len(ordered))]
            _, rate, where = series.name.split(".")
            axes.step(
                ordered, share, where="post", label=f"{where}, {rate} rows/s", linestyle=_dash(rate), color=HUES[where]
            )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("milliseconds")
    axes.yaxis.set_major_formatter(ticker.PercentFormatter(1))
    axes.legend(frameon=False, fontsize=8)
    return _svg(figure)


def _dash(rate: str) -> str:
    return {"1": ":", "100": "--"}.get(rate, "-")


def _throughput(record: Record) -> str:
    names = [s.title for s in record.series]
    figure, axes = _axes(len(names))
    axes.barh(range(len(names)), [s.at(50) for s in record.series], 0.6)
    axes.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    return _bars(figure, axes, names, "events/s", legend=False)


def _runs(seconds: tuple[float, ...]) -> str:
    figure, axes = _axes(4)
    axes.bar(range(1, len(seconds) + 1), seconds, 0.6)
    axes.axhline(120, color="#888", linewidth=1, linestyle="--")
    axes.set_xticks(range(1, len(seconds) + 1))
    axes.set_xlabel("run")
    axes.set_ylabel("seconds")
    return _svg(figure)


def _most(record: Record, name: str) -> float:
    series = record.named(name)
    return series.at(100) if series else 0.0


def _axes(rows: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, 0.8 + 0.42 * rows), layout="constrained")
    return figure, figure.subplots()


def _bars(figure: Figure, axes: Axes, names: list[str], unit: str, *, legend: bool = True) -> str:
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(unit)
    if legend:
        axes.legend(frameon=False)
    return _svg(figure)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
