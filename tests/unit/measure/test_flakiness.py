"""A planted flaky test is found by real runs, with its seed; its green neighbour is not accused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lakestand.measure import bound, flakiness
from lakestand.measure.ledger import Ledger

PLANTED = """
from pathlib import Path
import pytest

COUNT = Path(__file__).with_name("count")

def test_that_fails_every_second_time():
    told = len(COUNT.read_text()) if COUNT.exists() else 0
    COUNT.write_text("x" * (told + 1))
    print("what it said")
    assert told % 2 == 0

def test_that_never_fails():
    assert COUNT
"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A file with a flaky test and a good one."""
    path = tmp_path / "test_planted.py"
    path.write_text(PLANTED)
    return path


def run(planted: Path, *more: str) -> int:
    book = planted.with_name("ledger.sqlite")
    return flakiness.main(
        ["--story=planted", f"--ledger={book}", *more, "--", str(planted), f"--rootdir={planted.parent}"]
    )


def test_a_flaky_test_is_found_and_its_green_neighbour_is_not_accused(
    planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(planted, "--runs=3", "--json") == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])

    flaky, green = told["tests"]
    assert (flaky["test"].split("::")[-1], flaky["runs"], flaky["failures"]) == (
        "test_that_fails_every_second_time",
        3,
        1,
    )
    assert (green["test"].split("::")[-1], green["runs"], green["failures"]) == ("test_that_never_fails", 3, 0)
    said = Ledger(planted.with_name("ledger.sqlite")).evidence(flaky["test"], flaky["seeds"][0])
    assert "assert told % 2 == 0" in said
    assert "what it said" in said


def test_runs_of_other_days_stay_in_the_ledger_and_are_not_counted(planted: Path) -> None:
    run(planted, "--runs=2")
    run(planted, "--runs=1")

    book = Ledger(planted.with_name("ledger.sqlite"))
    assert [t.runs for t in book.tests("planted", 3)] == [3, 3]
    assert [t.runs for t in book.tests("planted", 1)] == [1, 1]


def test_clean_runs_end_with_0_and_what_they_bound(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted.write_text("def test_good(): assert True")

    assert run(planted, "--runs=2") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "planted: 1 tests, 2 runs, 0 flaky; with 95 % confidence a test fails in at most 78% of runs"


def test_a_run_without_tests_is_no_clean_run(planted: Path) -> None:
    planted.write_text("x = 1")

    assert run(planted, "--runs=1") == 1


@pytest.mark.parametrize(
    ("failures", "runs", "rate"), [(0, 10, 0.2589), (0, 298, 0.01), (1, 10, 0.3942), (10, 10, 1.0), (0, 0, 1.0)]
)
def test_the_upper_bound_is_that_of_clopper_and_pearson(failures: int, runs: int, rate: float) -> None:
    assert bound.upper(failures, runs) == pytest.approx(rate, abs=1e-4)
