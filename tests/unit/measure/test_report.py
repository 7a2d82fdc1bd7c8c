"""The report: what it says of what was measured and of what was not, as a page, JSON, Markdown and JUnit."""

from __future__ import annotations

from pathlib import Path

import orjson

from lakestand.measure import junit, record
from lakestand.measure.record import Session
from lakestand.measure.report.__main__ import write
from lakestand.measure.report.judging import STORIES
from lakestand.measure.report.specified import SPECIFIED
from tests.unit.measure.reports import (
    CRITERIA,
    by_name,
    specified_cases,
    write_benchmarks,
    write_junit,
)


def test_without_any_measurement_no_criterion_is_met_and_each_says_what_measures_it(tmp_path: Path) -> None:
    found = write(tmp_path)

    assert [(each.met, each.ours_met) for each in found] == [(False, False)] * len(CRITERIA)
    assert all(each.measured.startswith("not measured: ") and "nox -s " in each.measured for each in found)


def test_the_measured_figures_are_reported(measured: Path) -> None:
    found = by_name(measured)

    assert found["SC-001"].measured == "847 passed, 0 failed, 0 skipped; enough in each of 15 specified files"
    assert found["SC-002"].measured == "50 passed, 0 not, in 10 s"
    assert found["SC-003"].measured == (
        "0 of 10 runs failed (below 26% of runs, 95 % sure); 5: p50 100 s, at most 100 s alone, "
        "5: p50 240 s, at most 240 s beside a busy processor"
    )
    assert found["SC-005"].measured == "p50 Iceberg 90 and 90 ms, Delta by Spark 0.25 and 0.25 s (n = 20 at least)"
    compose = "Compose not measured: LAKESTAND_RUNTIME=compose nox -s"
    assert found["SC-006"].measured == f"6.2 s with fresh data, 4.0 s warm (slowest of 5); {compose} startup"
    assert found["SC-007"].measured == (
        f"PSS 1.00 GB idle, 3.00 at most under load, 2.00 after it; with Spark 1.90, 4.00 and 3.00 GB; {compose} memory"
    )
    assert found["lag"].measured == (
        "p50 and p99 in Kafka 20 and 196 ms, in Iceberg 500 and 4,910 ms, in Delta 300 and 2,946 ms; "
        "the worst of 99 rows/s reached"
    )
    assert found["throughput"].measured == (
        "iceberg changelog 150,001, delta changelog 150,001, iceberg mirror 40,001, delta mirror 120,001 events/s "
        "(1,000 events)"
    )
    assert found["SC-010"].measured == "174 a second by 4 clients"


def test_a_text_of_what_was_measured_is_no_markup(measured: Path) -> None:
    session = Session(name="odd", command="nox -s <odd> & co")
    session.add("odd.x", "<b>bold</b>", "s", 1.0)
    record.save(session.record(missing={"odd.y": "<i>why</i>"}), measured / "records")
    write(measured)

    page = (measured / "latest" / "report.html").read_text()
    assert "nox -s &lt;odd&gt; &amp; co" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "&lt;i&gt;why&lt;/i&gt;" in page


def test_compose_is_reported_beside_native_services_where_it_was_measured(measured: Path) -> None:
    session = Session(name="startup.compose", command="nox", runtime="compose")
    session.add("startup.fresh", "fresh", "s", 21.5)
    record.save(session.record(), measured / "records")

    assert by_name(measured)["SC-006"].measured.endswith("(slowest of 5); Compose 21.5 s with fresh data")


def test_a_story_that_runs_on_compose_too_is_counted_once(measured: Path) -> None:
    write_junit(measured, "compose-unit", 5, more=specified_cases())
    write(measured)

    data = orjson.loads((measured / "latest" / "report.json").read_bytes())
    assert [each["passed"] for each in data["tests"]] == list(SPECIFIED.values())


def test_a_benchmark_is_compared_with_the_run_before(measured: Path) -> None:
    write_benchmarks(measured, {"append_of_1000_rows": 0.18}, number=2)
    write(measured)

    data = orjson.loads((measured / "latest" / "report.json").read_bytes())
    assert data["benchmarks"]["test_append_of_1000_rows"]["ratio"] == 2.0
    assert data["benchmarks"]["test_full_read_of_1000_rows"]["ratio"] is None


def test_a_criterion_names_the_machine_it_was_measured_on(measured: Path) -> None:
    machines = {name: each.machine for name, each in by_name(measured).items()}

    assert " cores of " in machines["SC-006"]
    assert machines["lag"] == machines["SC-001"] == machines["SC-006"]


def test_the_report_is_one_page_with_its_charts_and_the_same_in_json_and_markdown(measured: Path) -> None:
    write(measured)
    latest = measured / "latest"
    page, data = (latest / "report.html").read_text(), orjson.loads((latest / "report.json").read_bytes())

    assert page.count("<svg") == 5
    assert "<script" not in page
    assert " src=" not in page
    assert data["schema"] == 2
    assert [each["met"] for each in data["criteria"]] == [True] * len(CRITERIA)
    assert "| SC-010 |" in (latest / "report.md").read_text()
    assert sorted(p.stem for p in (latest / "junit").iterdir()) == sorted([*STORIES, "criteria"])


def test_a_ci_server_sees_each_criterion_as_a_test_and_one_that_is_not_met_as_a_failure(measured: Path) -> None:
    write_junit(measured, "schema", 18, failed=1)
    write(measured)

    found = list(junit.read_outcomes(measured / "latest" / "junit" / "criteria.xml"))
    assert [o.test.partition("::")[2].split()[0] for o in found] == CRITERIA
    assert [o.test.partition("::")[2].split()[0] for o in found if o.outcome == "failed"] == ["SC-001", "SC-004"]
