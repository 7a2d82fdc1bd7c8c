"""The figures in README.md and docs/figures.md: two tables made of one report, which is kept as docs/figures.json.

docs/figures.md has all rows, README.md the headlines. A test fails when a table and the kept report differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from lakestand.errors import BadRecord

Data = Mapping[str, Any]

BEGIN = "<!-- figures: `nox -s report -- --readme` writes this table -->"
END = "<!-- end of figures -->"
FIGURES = Path("docs/figures.json")
# Document → whether it shows the headlines alone.
DOCUMENTS = {Path("README.md"): True, Path("docs/figures.md"): False}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of the table: which percentiles of which series in *session*'s record it shows, and as *what*."""

    what: str
    session: str
    series: tuple[str, ...]
    percentiles: tuple[str, ...] = ("p50",)
    headline: bool = False


def list_lines(events: int) -> tuple[Line, ...]:
    """Return all rows; *events* is the greatest number of events that throughput was measured with."""
    lags = tuple(_lag(name, where) for name, where in PLACES.items())
    captures = tuple(_capture(events, mode) for mode in ("snapshot", "stream"))
    pipelines = tuple(_pipeline(events, kind, words) for kind, words in FORMATS.items())
    return (*STAND, *lags, *captures, *pipelines)


def _lag(name: str, where: str) -> Line:
    return Line(
        what=f"from commit in the source to {where}, at 100 rows a second",
        session="lag",
        series=(f"lag.100.{name}",),
        percentiles=("p50", "p99"),
        headline=True,
    )


def _capture(events: int, mode: str) -> Line:
    names = tuple(f"throughput.json.{events}.{databases} → Kafka, {mode}" for databases in CONNECTORS)
    what = f"PostgreSQL, MySQL, both at once to Kafka; {_count(events)}{mode}"
    return Line(what=what, session="throughput", series=names)


def _pipeline(events: int, kind: str, words: str) -> Line:
    stages = [f"{sink} {table}" for sink in ("iceberg", "delta") for table in ("changelog", "mirror")]
    names = tuple(f"throughput.{kind}.{events}.local: Kafka → {stage}" for stage in stages)
    what = f"Kafka to Iceberg changelog, mirror, Delta changelog, mirror, one process each; {_count(events)}{words}"
    return Line(what=what, session="throughput", series=names)


def _count(events: int) -> str:
    return f"{events:,} events, " if events else ""


STAND = (
    Line(
        what="start of all services: with empty databases, with kept data",
        session="startup",
        series=("startup.fresh", "startup.warm"),
        headline=True,
    ),
    Line(
        what="memory of all services without Spark (PSS): idle, under load, after it",
        session="memory",
        series=("memory.idle", "memory.load", "memory.after"),
        percentiles=("max",),
        headline=True,
    ),
    Line(
        what="memory with Spark: idle, while its cluster works, after it",
        session="memory",
        series=("memory.spark.idle", "memory.spark.cluster", "memory.spark.after"),
        percentiles=("max",),
    ),
)
FORMATS = {"avro": "Avro, 0.2 KB", "json": "JSON with schemas, 4.4 KB"}
# How a percentile is called; a figure that is one measurement or a maximum is its value alone.
PERCENTILES = {"p50": "median ", "p99": "99 % below ", "max": ""}
CONNECTORS = ("postgres", "mysql", "postgres and mysql")
PLACES = {"kafka": "Kafka", "iceberg": "visible in Iceberg", "delta": "visible in Delta"}
# Saved benchmarks, in words.
OPERATIONS = {
    "test_append_of_1000_rows": "append of 1,000 rows by PyIceberg",
    "test_full_read_of_1000_rows": "full read of 1,000 rows by PyIceberg",
    "test_a_warm_write_of_1000_rows_by_spark": "append of 1,000 rows to Delta by a warm Spark session",
    "test_a_warm_read_of_1000_rows_by_spark": "read of 1,000 rows of Delta by a warm Spark session",
}


def render_table(data: Data, *, headlines: bool = False) -> str:
    """Return the table of figures as Markdown, from the line BEGIN to the line END; all rows, or *headlines* alone."""
    events = max(data["records"].get("throughput", {}).get("parameters", {}).get("events", [0]))
    rows = [_line(data, line) for line in list_lines(events) if line.headline or not headlines]
    if not headlines:
        rows += [_benchmark(data, test, what) for test, what in OPERATIONS.items()]
    machine = data["machine"]
    where = f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_mb'] / 1024:.0f} GB, {machine['system']}"
    head = f"Measured on {where}, Python {machine['python']}, on {data['made'][:10]}."
    return "\n".join((BEGIN, head, "", "| what | measured | samples | command |", "|---|---|---|---|", *rows, END))


def _line(data: Data, line: Line) -> str:
    record = data["records"].get(line.session, {"command": f"nox -s {line.session}", "figures": []})
    figures = [figure for name in line.series for figure in record["figures"] if figure["name"] == name]
    if len(figures) < len(line.series):
        return f"| {line.what} | not measured | 0 | `nox -s {line.session}` |"
    values = [_value(figure, percentile) for figure in figures for percentile in line.percentiles]
    samples = ", ".join(dict.fromkeys(f"{figure['n']:,}" for figure in figures))
    return f"| {line.what} | {', '.join(values)} {figures[0]['unit']} | {samples} | `nox -s {line.session}` |"


def _value(figure: Data, percentile: str) -> str:
    words = PERCENTILES[percentile] if figure["n"] > 1 else ""
    return words + _number(figure[percentile])


def _benchmark(data: Data, test: str, what: str) -> str:
    benchmark = data["benchmarks"].get(test)
    if benchmark is None:
        return f"| {what} | not measured | 0 | `nox -s timing` |"
    return (
        f"| {what} | median {_number(round(benchmark['median'] * 1000))} ms | {benchmark['rounds']} | `nox -s timing` |"
    )


def _number(value: float) -> str:
    return f"{value:,.10g}"


def insert_table(path: Path, text: str, data: Data) -> str:
    """Return *text*, the content of the document at *path*, with the figures of *data* between BEGIN and END.

    Raises:
        BadRecord: the document lacks one of these two lines.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise BadRecord(f"{path} has no place for figures: put the lines {BEGIN} and {END} where they belong")
    return f"{head}{render_table(data, headlines=DOCUMENTS[path])}{tail}"


def write(root: Path, data: Data) -> None:
    """Write the figures of the report *data* into the documents, and what they show of it into docs/figures.json."""
    kept = {name: data[name] for name in ("schema", "made", "machine", "benchmarks")}
    kept["records"] = {
        name: {key: record[key] for key in ("command", "began", "machine", "commit", "load", "parameters", "figures")}
        for name, record in data["records"].items()
    }
    for path in DOCUMENTS:
        document = root / path
        document.write_text(insert_table(path, document.read_text(), kept))
    (root / FIGURES).write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2) + b"\n")
