"""The report judges what was measured, and calls what was not measured not met."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from lakestand.measure import record
from lakestand.measure.flakiness.ledger import outcomes
from lakestand.measure.record import Session
from lakestand.measure.report import evidence, pages
from lakestand.measure.report.__main__ import write
from lakestand.measure.report.judging import STORIES
from lakestand.measure.report.pages import CriterionResult
from lakestand.measure.report.specified import SPECIFIED
from tests.sessions.tables import STORIES as SESSIONS
from tests.unit.measure.reports import (
    lag_samples,
    specified_cases,
    write_benchmarks,
    write_junit,
    write_record,
    write_runs,
)

CRITERIA = [*(f"SC-{number:03}" for number in range(1, 11)), "lag", "throughput"]


def by_name(reports: Path) -> dict[str, CriterionResult]:
    return {each.name: each for each in pages.judge_all(evidence.gather(reports))}


def test_without_any_measurement_no_criterion_is_met_and_each_says_what_measures_it(tmp_path: Path) -> None:
    found = write(tmp_path)

    assert [(each.met, each.ours_met) for each in found] == [(False, False)] * len(CRITERIA)
    assert all(each.measured.startswith("not measured: ") and "nox -s " in each.measured for each in found)


def test_with_every_target_met_all_are_met(measured: Path) -> None:
    assert {name: (each.met, each.ours_met) for name, each in by_name(measured).items()} == dict.fromkeys(
        CRITERIA, (True, True)
    )


def test_the_measured_figures_are_told(measured: Path) -> None:
    found = by_name(measured)

    assert found["SC-001"].measured == "797 passed, 0 failed, 0 skipped; enough in each of 15 specified files"
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


def test_compose_is_told_beside_native_services_where_it_was_measured(measured: Path) -> None:
    session = Session(name="startup.compose", command="nox", runtime="compose")
    session.add("startup.fresh", "fresh", "s", 21.5)
    record.save(session.record(), measured / "records")

    assert by_name(measured)["SC-006"].measured.endswith("(slowest of 5); Compose 21.5 s with fresh data")


@pytest.mark.parametrize("file", SPECIFIED)
def test_a_file_with_one_test_less_than_specified_fails_the_first_criterion(measured: Path, file: str) -> None:
    write_junit(measured, "unit", 50, more=specified_cases(short_of=file))
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001"]
    assert f"too few in {file} {SPECIFIED[file] - 1} of {SPECIFIED[file]}" in found["SC-001"].measured


def test_a_story_that_runs_on_compose_too_is_counted_once(measured: Path) -> None:
    write_junit(measured, "compose-unit", 5, more=specified_cases())
    write(measured)

    data = orjson.loads((measured / "latest" / "report.json").read_bytes())
    assert [each["passed"] for each in data["tests"]] == list(SPECIFIED.values())


def test_all_stories_of_plain_nox_are_judged() -> None:
    assert set(STORIES) == {"unit", *(name for name, story in SESSIONS.items() if story.plain)}


def test_what_was_measured_before_the_acceptance_began_is_not_judged(measured: Path) -> None:
    (measured / evidence.SINCE).write_text("2999-01-01T00:00:00+00:00")
    found = by_name(measured)

    gone = ["SC-003", "SC-005", "SC-006", "SC-007", "SC-010", "lag", "throughput"]
    assert [name for name, each in found.items() if each.measured.startswith("not measured")] == gone


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


def test_lag_of_more_than_5_s_is_not_met(measured: Path) -> None:
    write_record(measured, "lag", {"rates": [100]}, lag_samples(iceberg=510) | {"100.reached": (99.0,)}, "ms")
    found = by_name(measured)["lag"]

    assert (found.met, found.ours_met) == (False, False)


def test_a_skipped_test_is_a_criterion_that_is_not_met(measured: Path) -> None:
    write_junit(measured, "schema", 18, skipped=1)
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001", "SC-004"]


def test_a_failed_test_fails_every_criterion_that_rests_on_it(measured: Path) -> None:
    write_junit(measured, "roads", 36, failed=1)
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001", "SC-008", "SC-009"]


def test_our_own_target_can_be_missed_while_the_specifications_is_met(measured: Path) -> None:
    write_junit(measured, "iceberg", 143, seconds=61)
    found = by_name(measured)["SC-002"]

    assert (found.met, found.ours_met) == (True, False)


def test_one_failure_in_ten_runs_is_flaky(measured: Path) -> None:
    write_runs(measured, 100, ["failed"])

    assert by_name(measured)["SC-003"].met is False


@pytest.mark.parametrize(
    ("alone", "busy", "verdict"), [(119, 479, (True, True)), (121, 240, (True, False)), (100, 481, (False, False))]
)
def test_our_limit_of_a_run_is_for_one_alone_and_the_specifications_for_all(
    tmp_path: Path, alone: float, busy: float, verdict: tuple[bool, bool]
) -> None:
    write_runs(tmp_path, alone, ["passed"] * 10, busy=busy)
    found = by_name(tmp_path)["SC-003"]

    assert (found.met, found.ours_met) == verdict


def test_nine_runs_do_not_measure_flakiness(tmp_path: Path) -> None:
    write_runs(tmp_path, 100, ["passed"] * 9)

    assert by_name(tmp_path)["SC-003"].measured == "not measured: 9 of 10 runs: nox -s flakiness"


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

    found = list(outcomes(measured / "latest" / "junit" / "criteria.xml"))
    assert [o.test.partition("::")[2].split()[0] for o in found] == CRITERIA
    assert [o.test.partition("::")[2].split()[0] for o in found if o.outcome == "failed"] == ["SC-001", "SC-004"]
