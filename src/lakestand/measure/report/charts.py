"""The report's charts, one function each, which takes a record and returns SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import matplotlib as mpl
import numpy as np

from lakestand.measure.flakiness.ledger import StoryRun
from lakestand.measure.record import Record
from lakestand.measure.report import drawing
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.rates import draw_throughput

HUES = {"kafka": "#2563a8", "iceberg": "#d97a2b", "delta": "#3f8f5f"}
DASHES = {"1": ":", "100": "--"}
BINS = 40


def draw_all(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield caption and SVG of each chart whose figures were measured."""
    with mpl.rc_context(drawing.STYLE):
        for name, record in evidence.records.items():
            for caption, draw in CHARTS.get(name.partition(".")[0], {}).items():
                if picture := draw(record):
                    yield f"{caption} ({record.runtime})", picture
        if len(evidence.earlier) > 1:
            yield "Startup over all records that were kept: a dot a bring-up", _over_time(evidence.earlier)
        if runs := evidence.flakiness.get("delta"):
            yield "The last runs of Delta's tests in random orders; paler: beside a busy processor", _runs(runs)


def _startup(record: Record) -> str:
    names = [
        s.name.split(".")[2] for s in record.series if s.name.startswith("startup.fresh.") and s.name[-6:] == ".ready"
    ]
    figure, axes = drawing.new_figure(len(names))
    for kind, hue in (("fresh", 0.2), ("warm", -0.2)):
        ready = [_peak(record, f"startup.{kind}.{n}.ready") for n in names]
        took = [_peak(record, f"startup.{kind}.{n}") for n in names]
        starts = [max(end - own, 0) for end, own in zip(ready, took, strict=True)]
        places = [i + hue for i in range(len(names))]
        axes.barh(places, took, 0.36, left=starts, label={"fresh": "fresh data", "warm": "warm"}[kind])
    return drawing.finish_bars(figure, axes, names, "seconds")


def _over_time(records: Sequence[Record]) -> str:
    figure, axes = drawing.new_figure(5)
    for kind, mark in (("fresh", "o"), ("warm", "s")):
        dots = [(i, v) for i, r in enumerate(records) if (s := r.find(f"startup.{kind}")) for v in s.samples]
        axes.plot(*zip(*dots, strict=True), mark, markersize=4, alpha=0.7, label=kind)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("seconds until all is ready")
    shown = range(0, len(records), max(1, len(records) // 6))
    axes.set_xticks(list(shown), [records[i].began[5:16].replace("T", "\n") for i in shown])
    drawing.add_legend(figure, axes)
    return drawing.to_svg(figure)


def _memory(record: Record) -> str:
    names = [s.name.split(".")[2] for s in record.series if s.name.startswith("memory.idle.")]
    names.sort(key=lambda n: _peak(record, f"memory.load.{n}"))
    figure, axes = drawing.new_figure(len(names))
    for kind, hue in (("load", 0.2), ("idle", -0.2)):
        places = [i + hue for i in range(len(names))]
        axes.barh(places, [_peak(record, f"memory.{kind}.{n}") for n in names], 0.36, label=kind)
    return drawing.finish_bars(figure, axes, names, "MB")


def _soak(record: Record) -> str:
    """Draw each service's memory over the soak; empty when there was none."""
    slopes = {row["service"]: row["MB an hour"] for row in record.details.get("growth in the soak's second half") or ()}
    if not slopes:
        return ""
    figure, axes = drawing.new_figure(8)
    minutes = [second / 60 for second in record.details["seconds"]]
    for name in sorted(slopes, key=lambda n: -_peak(record, f"memory.load.{n}")):
        series = record.find(f"memory.load.{name}")
        axes.plot(minutes, series.samples if series else (), linewidth=1.2, label=f"{name} {slopes[name]:+,.0f} MB/h")
    axes.set_xlabel("minutes")
    axes.set_ylabel("MB")
    axes.set_ylim(bottom=0)
    drawing.add_legend(figure, axes)
    return drawing.to_svg(figure)


def _lag(record: Record) -> str:
    figure, axes = drawing.new_figure(8)
    for where, rate, samples in _lags(record):
        ordered = sorted(max(v, 1) for v in samples)
        share = [(i + 1) / len(ordered) for i in range(len(ordered))]
        style = {"linestyle": DASHES.get(rate, "-"), "color": HUES[where]}
        axes.step(ordered, share, where="post", label=f"{where}, {int(rate):,} rows/s", **style)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(drawing.PLAIN)
    axes.set_xlabel("milliseconds")
    axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    drawing.add_legend(figure, axes)
    return drawing.to_svg(figure)


def _histograms(record: Record) -> str:
    """Draw a row for each place and a column for each rate, all with one x axis."""
    lags = list(_lags(record))
    places = list(dict.fromkeys(place for place, _, _ in lags))
    rates = list(dict.fromkeys(rate for _, rate, _ in lags))
    figure, _ = drawing.new_figure(4 * len(places))
    figure.clear()
    grid = figure.subplots(len(places), len(rates), sharex=True, squeeze=False)
    most = max(max(samples) for _, _, samples in lags)
    edges = np.geomspace(1, max(most, 10), BINS)
    for where, rate, samples in lags:
        axes = grid[places.index(where)][rates.index(rate)]
        axes.hist([max(v, 1) for v in samples], edges, color=HUES[where])
        axes.set_title(f"{where}, {int(rate):,} rows/s (n = {len(samples):,})", fontsize=9)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(drawing.PLAIN)
        axes.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    for axes in grid[-1]:
        axes.set_xlabel("milliseconds")
    return drawing.to_svg(figure)


def _lags(record: Record) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    for series in record.series:
        if series.unit == "ms":
            _, rate, where = series.name.split(".")
            yield where, rate, series.samples


def _runs(runs: Sequence[StoryRun]) -> str:
    figure, axes = drawing.new_figure(4)
    places = range(1, len(runs) + 1)
    shades = ["#8fb3dc" if run.busy else "#2563a8" for run in runs]
    axes.bar(places, [run.seconds for run in runs], 0.6, color=shades)
    axes.axhline(120, color="#888", linewidth=1, linestyle="--")
    axes.set_xticks(list(places))
    axes.set_xlabel("run")
    axes.set_ylabel("seconds")
    return drawing.to_svg(figure)


def _peak(record: Record, name: str) -> float:
    series = record.find(name)
    return series.at(100) if series else 0.0


CHARTS: dict[str, dict[str, Callable[[Record], str]]] = {
    "startup": {"From when to when each service was starting, the slowest of the runs": _startup},
    "memory": {
        "Memory of each service, idle and at its peak under load": _memory,
        "Memory of each service in the soak, with the slope of its second half": _soak,
    },
    "lag": {
        "From a commit until the row is there: part of the rows that arrived within": _lag,
        "The same as histograms: number of rows": _histograms,
    },
    "throughput": {
        "Change events a second, of few events and of many; broken lines: what bounds a process": draw_throughput
    },
}
