"""The report judges what was measured, and calls what was not measured not met."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from lakestand.measure import junit, record
from lakestand.measure.flakiness.ledger import Ledger, Outcome, StoryRun
from lakestand.measure.record import Session
from lakestand.measure.report import criteria, evidence, limits
from lakestand.measure.report.__main__ import write
from lakestand.measure.report.judging import STORIES
from lakestand.measure.report.limits import Limit
from lakestand.measure.report.results import CriterionResult
from lakestand.measure.report.specified import SPECIFIED
from tests.sessions.tables import STORIES as SESSIONS

CRITERIA = [*(f"SC-{number:03}" for number in range(1, 11)), "lag", "throughput"]


def suite(
    folder: Path, name: str, passed: int, *, failed: int = 0, skipped: int = 0, seconds: float = 10, more: str = ""
) -> None:
    cases = "<testcase classname='c' name='ok' time='1'/>" * passed
    cases += "<testcase classname='c' name='bad' time='1'><failure>why</failure></testcase>" * failed
    cases += "<testcase classname='c' name='left'><skipped/></testcase>" * skipped
    (folder / "junit").mkdir(exist_ok=True)
    text = f"<testsuites><testsuite time='{seconds}'>{cases}{more}</testsuite></testsuites>"
    (folder / "junit" / f"{name}.xml").write_text(text)


def specified(*, short_of: str = "") -> str:
    """As many tests as are specified, in each file; one too few in *short_of*."""
    files = {file: count - (file == short_of) for file, count in SPECIFIED.items()}
    names = {f: f.removesuffix(".py").replace("/", ".") + ("" if f.endswith(".py") else "x") for f in files}
    return "".join(f"<testcase classname='{names[f]}.TestIt' name='ok' time='1'/>" * n for f, n in files.items())


def keep(
    folder: Path, name: str, parameters: Mapping[str, object], samples: Mapping[str, tuple[float, ...]], unit: str = "x"
) -> None:
    session = Session(name=name, command=f"nox -s {name}")
    for each, values in samples.items():
        session.add(f"{name}.{each}", each, "1/s" if each.endswith(".reached") else unit, *values)
    record.save(session.record(parameters=parameters), folder / "records")


def benchmarks(folder: Path, medians: dict[str, float], number: int = 1) -> None:
    stats = {"iqr": 0.01, "rounds": 20}
    runs = [{"name": f"test_{n}", "stats": stats | {"median": v}, "extra_info": {}} for n, v in medians.items()]
    runs += [
        {
            "name": "test_several_clients_register_new_schemas",
            "stats": stats | {"median": 1.0},
            "extra_info": {"registrations_per_s": 174.2},
        }
    ]
    (folder / "benchmarks").mkdir(exist_ok=True)
    saved = {"benchmarks": runs, "datetime": "2026-01-01T00:00:00+00:00"}
    (folder / "benchmarks" / f"000{number}.json").write_bytes(orjson.dumps(saved))


def flaky(folder: Path, seconds: float, outcomes: list[str], began: str = "2026", busy: float = 240) -> None:
    """Runs that took *seconds*, and every second one *busy* beside busy processes."""
    ledger = Ledger(folder / "flakiness.sqlite")
    for seed, outcome in enumerate(outcomes):
        found = [Outcome(test="t", outcome=outcome, seconds=1)]
        ledger.add(
            StoryRun(story="delta", seed=seed, began=began, seconds=busy if seed % 2 else seconds, busy=seed % 2), found
        )


def lags(kafka: float = 20, iceberg: float = 500) -> dict[str, tuple[float, ...]]:
    """Of one rate, the last row ten times as late."""
    places = {"kafka": kafka, "iceberg": iceberg, "delta": 300.0}
    return {f"100.{where}": (ms, ms, ms * 10) for where, ms in places.items()}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """Everything is there, and every target met."""
    for story in STORIES:
        suite(tmp_path, story, 50)
    suite(tmp_path, "unit", 50, more=specified())
    keep(tmp_path, "startup", {"runs": 5}, {"fresh": (5.0, 6.25), "warm": (4.0,)})
    alone = {"idle": (1024.0,), "load": (1536.0, 3072.0), "after": (2048.0,)}
    spark = {"spark.idle": (1945.6,), "spark.cluster": (4096.0,), "spark.after": (3072.0,)}
    keep(tmp_path, "memory", {}, alone | spark)
    keep(tmp_path, "lag", {"rates": [100]}, lags() | {"100.reached": (99.0,)}, "ms")
    rates = {row.series.format(events=1000): ((row.ours or 0) + 1.0,) for row in limits.THROUGHPUT}
    keep(tmp_path, "throughput", {"events": [10, 1000]}, {n.removeprefix("throughput."): r for n, r in rates.items()})
    names = ("append_of_1000_rows", "full_read_of_1000_rows")
    by_spark = ("a_warm_write_of_1000_rows_by_spark", "a_warm_read_of_1000_rows_by_spark")
    benchmarks(tmp_path, dict.fromkeys(names, 0.09) | dict.fromkeys(by_spark, 0.25))
    flaky(tmp_path, 100, ["passed"] * 10)
    return tmp_path


def by_name(reports: Path) -> dict[str, CriterionResult]:
    return {each.name: each for each in criteria.judge_all(evidence.gather(reports))}


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


def test_a_criterion_says_the_limits_that_it_is_judged_by(measured: Path) -> None:
    words = {name: (result.target, result.ours) for name, result in by_name(measured).items()}

    assert words["SC-002"] == ("< 10 min", "< 60 s")
    assert words["SC-003"] == (
        "0 % in 10 runs, < 8 min each",
        "0 in random orders, a busy processor too; each that has 2 cores to itself < 2 min",
    )
    assert words["SC-004"] == ("< 2 min", "< 20 s")
    assert words["SC-005"] == (
        "< 5 s and < 2 s",
        "Iceberg's write p50 < 150 ms, Iceberg's read p50 < 100 ms, Delta's warm write by Spark p50 < 500 ms",
    )
    assert words["SC-006"] == ("< 3 min", "fresh < 10 s, warm < 7 s")
    assert words["SC-007"] == (
        "< 8 GB",
        "idle < 1.3 GB, after load < 2.5 GB, with Spark idle < 2.2 GB, with Spark after load < 3.5 GB",
    )
    assert words["SC-010"] == ("≥ 100 a minute", "≥ 60 a second")
    assert words["lag"] == ("< 5 s", "in Kafka p50 < 55 ms, in Kafka p99 < 250 ms, in Iceberg p50 < 1 s")
    assert words["throughput"] == (
        "none",
        (
            "iceberg changelog p50 ≥ 150,000 events/s, delta changelog p50 ≥ 150,000 events/s, "
            "iceberg mirror p50 ≥ 40,000 events/s, delta mirror p50 ≥ 120,000 events/s"
        ),
    )


def test_a_figure_at_its_limit_is_too_much_and_one_that_must_be_reached_is_reached() -> None:
    most = Limit(series="s", unit="s", specification=5, ours=2)
    least = Limit(series="s", unit="s", specification=5, ours=7, least=True)

    assert [limits.judge([most], lambda _limit, f=figure: f) for figure in (5, 4.9, 2, 1.9)] == [  # type: ignore[misc]
        (False, False),
        (True, False),
        (True, False),
        (True, True),
    ]
    assert [limits.judge([least], lambda _limit, f=figure: f) for figure in (4.9, 5, 6.9, 7)] == [  # type: ignore[misc]
        (False, False),
        (True, False),
        (True, False),
        (True, True),
    ]


def test_a_text_of_what_was_measured_is_no_markup(measured: Path) -> None:
    session = Session(name="odd", command="nox -s <odd> & co")
    session.add("odd.x", "<b>bold</b>", "s", 1.0)
    record.save(session.record(missing={"odd.y": "<i>why</i>"}), measured / "records")
    write(measured)

    page = (measured / "latest" / "report.html").read_text()
    assert "nox -s &lt;odd&gt; &amp; co" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "&lt;i&gt;why&lt;/i&gt;" in page


def test_compose_is_told_beside_native_services_where_it_was_measured(measured: Path) -> None:
    session = Session(name="startup.compose", command="nox", runtime="compose")
    session.add("startup.fresh", "fresh", "s", 21.5)
    record.save(session.record(), measured / "records")

    assert by_name(measured)["SC-006"].measured.endswith("(slowest of 5); Compose 21.5 s with fresh data")


@pytest.mark.parametrize("file", SPECIFIED)
def test_a_file_with_one_test_less_than_specified_fails_the_first_criterion(measured: Path, file: str) -> None:
    suite(measured, "unit", 50, more=specified(short_of=file))
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001"]
    assert f"too few in {file} {SPECIFIED[file] - 1} of {SPECIFIED[file]}" in found["SC-001"].measured


def test_a_story_that_runs_on_compose_too_is_counted_once(measured: Path) -> None:
    suite(measured, "compose-unit", 5, more=specified())
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
    benchmarks(measured, {"append_of_1000_rows": 0.18}, number=2)
    write(measured)

    data = orjson.loads((measured / "latest" / "report.json").read_bytes())
    assert data["benchmarks"]["test_append_of_1000_rows"]["ratio"] == 2.0
    assert data["benchmarks"]["test_full_read_of_1000_rows"]["ratio"] is None


def test_a_criterion_names_the_machine_it_was_measured_on(measured: Path) -> None:
    machines = {name: each.machine for name, each in by_name(measured).items()}

    assert " cores of " in machines["SC-006"]
    assert machines["lag"] == machines["SC-001"] == machines["SC-006"]


def test_lag_of_more_than_5_s_is_not_met(measured: Path) -> None:
    keep(measured, "lag", {"rates": [100]}, lags(iceberg=510) | {"100.reached": (99.0,)}, "ms")
    found = by_name(measured)["lag"]

    assert (found.met, found.ours_met) == (False, False)


def test_a_skipped_test_is_a_criterion_that_is_not_met(measured: Path) -> None:
    suite(measured, "schema", 18, skipped=1)
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001", "SC-004"]


def test_a_failed_test_fails_every_criterion_that_rests_on_it(measured: Path) -> None:
    suite(measured, "roads", 36, failed=1)
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001", "SC-008", "SC-009"]


def test_our_own_target_can_be_missed_while_the_specifications_is_met(measured: Path) -> None:
    suite(measured, "iceberg", 143, seconds=61)
    found = by_name(measured)["SC-002"]

    assert (found.met, found.ours_met) == (True, False)


def test_one_failure_in_ten_runs_is_flaky(measured: Path) -> None:
    flaky(measured, 100, ["failed"])

    assert by_name(measured)["SC-003"].met is False


@pytest.mark.parametrize(
    ("alone", "busy", "verdict"), [(119, 479, (True, True)), (121, 240, (True, False)), (100, 481, (False, False))]
)
def test_our_limit_of_a_run_is_for_one_alone_and_the_specifications_for_all(
    tmp_path: Path, alone: float, busy: float, verdict: tuple[bool, bool]
) -> None:
    flaky(tmp_path, alone, ["passed"] * 10, busy=busy)
    found = by_name(tmp_path)["SC-003"]

    assert (found.met, found.ours_met) == verdict


def test_nine_runs_do_not_measure_flakiness(tmp_path: Path) -> None:
    flaky(tmp_path, 100, ["passed"] * 9)

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
    suite(measured, "schema", 18, failed=1)
    write(measured)

    found = list(junit.read_outcomes(measured / "latest" / "junit" / "criteria.xml"))
    assert [o.test.partition("::")[2].split()[0] for o in found] == CRITERIA
    assert [o.test.partition("::")[2].split()[0] for o in found if o.outcome == "failed"] == ["SC-001", "SC-004"]
