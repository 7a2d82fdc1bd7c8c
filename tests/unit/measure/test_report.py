"""The report judges what was measured, and calls what was not measured not met."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from lakestand.measure import record
from lakestand.measure.ledger import Ledger, Outcome
from lakestand.measure.record import Session
from lakestand.measure.report.__main__ import write
from lakestand.measure.report.judging import STORIES
from lakestand.measure.report.pages import Judged


def suite(folder: Path, name: str, passed: int, *, failed: int = 0, skipped: int = 0, seconds: float = 10) -> None:
    cases = "<testcase classname='c' name='ok' time='1'/>" * passed
    cases += "<testcase classname='c' name='bad' time='1'><failure>why</failure></testcase>" * failed
    cases += "<testcase classname='c' name='left'><skipped/></testcase>" * skipped
    (folder / "junit").mkdir(exist_ok=True)
    text = f"<testsuites><testsuite time='{seconds}'>{cases}</testsuite></testsuites>"
    (folder / "junit" / f"{name}.xml").write_text(text)


def keep(folder: Path, name: str, parameters: dict[str, object], **samples: tuple[float, ...]) -> None:
    session = Session(name=name, command=f"nox -s {name}")
    for each, values in samples.items():
        session.add(f"{name}.{each}", each, "x", *values)
    record.save(session.record(parameters=parameters), folder / "records")


def benchmarks(folder: Path, **medians: float) -> None:
    runs = [{"name": f"test_{n}", "stats": {"median": v}, "extra_info": {}} for n, v in medians.items()]
    runs += [
        {
            "name": "test_several_clients_register_new_schemas",
            "stats": {"median": 1.0},
            "extra_info": {"registrations_per_s": 174.2},
        }
    ]
    (folder / "benchmarks").mkdir(exist_ok=True)
    (folder / "benchmarks" / "0001.json").write_bytes(orjson.dumps({"benchmarks": runs}))


def flaky(folder: Path, seconds: float, outcomes: list[str]) -> None:
    ledger = Ledger(folder / "flakiness.sqlite")
    for seed, outcome in enumerate(outcomes):
        found = [Outcome(test="t", outcome=outcome, seconds=1)]
        ledger.add(story="delta", seed=seed, began="now", seconds=seconds, found=found)


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """Everything is there, and every target met."""
    for story in STORIES:
        suite(tmp_path, story, 50)
    keep(tmp_path, "startup", {"runs": 5}, fresh=(5.0, 6.25), warm=(4.0,))
    keep(tmp_path, "memory", {}, idle=(1024.0,), load=(1536.0, 2048.0))
    names = ("append_of_1000_rows", "full_read_of_1000_rows")
    spark = ("a_warm_write_of_1000_rows_by_spark", "a_warm_read_of_1000_rows_by_spark")
    benchmarks(tmp_path, **dict.fromkeys(names, 0.09), **dict.fromkeys(spark, 0.25))
    flaky(tmp_path, 100, ["passed"] * 10)
    return tmp_path


def by_name(reports: Path) -> dict[str, Judged]:
    return {each.name: each for each in write(reports)}


def test_without_any_measurement_no_criterion_is_met_and_each_says_what_measures_it(tmp_path: Path) -> None:
    found = write(tmp_path)

    assert [(each.met, each.ours_met) for each in found] == [(False, False)] * 10
    assert all(each.measured.startswith("not measured: ") and "nox -s " in each.measured for each in found)


def test_with_every_target_met_all_are_met(measured: Path) -> None:
    assert {name: (each.met, each.ours_met) for name, each in by_name(measured).items()} == {
        f"SC-{number:03}": (True, True) for number in range(1, 11)
    }


def test_the_measured_figures_are_told(measured: Path) -> None:
    found = by_name(measured)

    assert found["SC-001"].measured == "600 passed, 0 failed, 0 skipped"
    assert found["SC-002"].measured == "50 passed, 0 not, in 10 s"
    assert found["SC-003"].measured == (
        "0 failures in 10 runs (below 26% a run, 95 % sure); a run 100 s, at most 100 s"
    )
    assert found["SC-005"].measured == "p50 Iceberg 90 and 90 ms, Delta by Spark 0.25 and 0.25 s"
    assert found["SC-006"].measured == "6.2 s with fresh data, 4.0 s warm (slowest of 5)"
    assert found["SC-007"].measured == "1.0 GB idle, 2.0 GB at most under load"
    assert found["SC-010"].measured == "174 a second by 4 clients"


def test_a_skipped_test_is_a_criterion_that_is_not_met(measured: Path) -> None:
    suite(measured, "schema", 18, skipped=1)
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001", "SC-004"]


def test_a_failed_test_fails_every_criterion_that_rests_on_it(measured: Path) -> None:
    suite(measured, "e2e", 36, failed=1)
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001", "SC-008", "SC-009"]


def test_our_own_target_can_be_missed_while_the_specifications_is_met(measured: Path) -> None:
    suite(measured, "iceberg", 143, seconds=61)
    found = by_name(measured)["SC-002"]

    assert (found.met, found.ours_met) == (True, False)


def test_one_failure_in_ten_runs_is_flaky(measured: Path) -> None:
    flaky(measured, 100, ["failed"])

    assert by_name(measured)["SC-003"].met is False


def test_nine_runs_do_not_measure_flakiness(tmp_path: Path) -> None:
    flaky(tmp_path, 100, ["passed"] * 9)

    assert by_name(tmp_path)["SC-003"].measured == "not measured: 9 of 10 runs: nox -s flakiness"


def test_the_report_is_one_page_with_its_charts_and_the_same_in_json_and_markdown(measured: Path) -> None:
    write(measured)
    latest = measured / "latest"
    page, data = (latest / "report.html").read_text(), orjson.loads((latest / "report.json").read_bytes())

    assert page.count("<svg") == 3
    assert "<script" not in page
    assert " src=" not in page
    assert data["schema"] == 1
    assert [each["met"] for each in data["criteria"]] == [True] * 10
    assert "| SC-010 |" in (latest / "report.md").read_text()
    assert sorted(p.stem for p in (latest / "junit").iterdir()) == sorted(STORIES)
