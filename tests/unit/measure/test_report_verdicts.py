"""Which criteria are met: by limits, by numbers of tests, by failures, and by what was measured when."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.measure.report import evidence, limits
from lakestand.measure.report.judging import STORIES
from lakestand.measure.report.limits import Limit
from lakestand.measure.report.specified import SPECIFIED
from tests.sessions.tables import STORIES as SESSIONS
from tests.unit.measure.reports import (
    CRITERIA,
    by_name,
    lag_samples,
    specified_cases,
    write_junit,
    write_record,
    write_runs,
)


def test_with_every_target_met_all_are_met(measured: Path) -> None:
    assert {name: (each.met, each.ours_met) for name, each in by_name(measured).items()} == dict.fromkeys(
        CRITERIA, (True, True)
    )


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


@pytest.mark.parametrize("file", SPECIFIED)
def test_a_file_with_one_test_less_than_specified_fails_the_first_criterion(measured: Path, file: str) -> None:
    write_junit(measured, "unit", 50, more=specified_cases(short_of=file))
    found = by_name(measured)

    assert [name for name, each in found.items() if not each.met] == ["SC-001"]
    assert f"too few in {file} {SPECIFIED[file] - 1} of {SPECIFIED[file]}" in found["SC-001"].measured


def test_all_stories_of_plain_nox_are_judged() -> None:
    assert set(STORIES) == {"unit", *(name for name, story in SESSIONS.items() if story.plain)}


def test_what_was_measured_before_the_acceptance_began_is_not_judged(measured: Path) -> None:
    (measured / evidence.SINCE).write_text("2999-01-01T00:00:00+00:00")
    found = by_name(measured)

    gone = ["SC-003", "SC-005", "SC-006", "SC-007", "SC-010", "lag", "throughput"]
    assert [name for name, each in found.items() if each.measured.startswith("not measured")] == gone


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
