"""The documents' figures: what a report holds, and "not measured" where it holds nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from lakestand.measure.machine import inspect_machine
from lakestand.measure.report import readme


def data(records: dict[str, Any], benchmarks: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "made": "2026-01-02T03:04:05+00:00",
        "machine": asdict(inspect_machine()),
        "records": records,
        "benchmarks": benchmarks or {},
    }


def figure(name: str, n: int, p50: float, **more: float) -> dict[str, Any]:
    return {"name": name, "unit": "s", "n": n, "p50": p50, **more}


def rows(text: str) -> dict[str, str]:
    """What is measured → how it is told."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {what: ", ".join(cells) for what, *cells in lines[1:]}


def test_without_any_record_every_row_says_not_measured_and_what_measures_it() -> None:
    found = rows(readme.render_table(data({})))

    assert len(found) == 14
    assert all(told.startswith("not measured, 0, `nox -s ") for told in found.values())


def test_a_row_tells_its_percentile_unit_samples_and_command() -> None:
    startup = {"figures": [figure("startup.fresh", 5, 4.8), figure("startup.warm", 5, 1234.5)]}
    append = {"test_append_of_1000_rows": {"median": 0.0894, "rounds": 20}}
    found = rows(readme.render_table(data({"startup": startup}, append)))

    assert (
        found["start of all services: with empty databases, with kept data"]
        == "median 4.8, median 1,234.5 s, 5, `nox -s startup`"
    )
    assert found["append of 1,000 rows by PyIceberg"] == "median 89 ms, 20, `nox -s timing`"


def test_a_row_of_which_a_part_is_missing_is_not_measured() -> None:
    startup = {"figures": [figure("startup.fresh", 5, 4.8)]}

    found = rows(readme.render_table(data({"startup": startup})))

    assert found["start of all services: with empty databases, with kept data"] == "not measured, 0, `nox -s startup`"


def test_readme_shows_the_headlines_alone() -> None:
    headlines = rows(readme.render_table(data({}), headlines=True))

    assert list(headlines) == [
        "start of all services: with empty databases, with kept data",
        "memory of all services without Spark (PSS): idle, under load, after it",
        "from commit in the source to Kafka, at 100 rows a second",
        "from commit in the source to visible in Iceberg, at 100 rows a second",
        "from commit in the source to visible in Delta, at 100 rows a second",
    ]


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    document = Path("docs/figures.md")
    text = f"# Before\n{readme.BEGIN}\nold\n{readme.END}\n# After\n"

    put = readme.insert_table(document, text, data({}))

    assert put.startswith("# Before\n<!-- figures")
    assert put.endswith("<!-- end of figures -->\n# After\n")
    assert "old" not in put
    assert readme.insert_table(document, put, data({})) == put
