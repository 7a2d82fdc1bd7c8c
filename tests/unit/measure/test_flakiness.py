"""A planted flaky test is found by real runs, with its seed; its green neighbour is not accused."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import psutil
import pytest

from lakestand.measure.flakiness import failure_rate, load
from lakestand.measure.flakiness.ledger import Ledger, Outcome, StoryRun
from tests.unit.measure.planted import ledger, run


def test_a_flaky_test_is_found_and_its_green_neighbour_is_not_accused(
    planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(planted, "--runs=3", "--json") == 1
    report = json.loads(capsys.readouterr().out.splitlines()[-1])

    flaky, green = report["tests"]
    assert (flaky["test"].split("::")[-1], flaky["runs"], flaky["failures"]) == (
        "test_that_fails_every_second_time",
        3,
        1,
    )
    assert (green["test"].split("::")[-1], green["runs"], green["failures"]) == ("test_that_never_fails", 3, 0)
    evidence = ledger(planted).evidence(flaky["test"], flaky["seeds"][0])
    assert "assert runs % 2 == 0" in evidence
    assert "printed by the test" in evidence
    assert "--- log of kafka ---\na line of the log" in evidence


def test_a_failure_is_reported_with_its_seed_and_all_that_it_left(
    planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(planted, "--runs=2") == 1

    printed = capsys.readouterr().out
    (test,) = [t for t in ledger(planted).tests("planted", 2) if t.failures]
    assert f"=== {test.test} failed with seed {test.seeds[0]}\n" in printed
    assert "--- log of kafka ---\na line of the log" in printed


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_test_is_counted_once_a_run_with_workers_too(planted: Path, workers: str) -> None:
    run(planted, "--runs=2", f"--workers={workers}")

    tests = ledger(planted).tests("planted", 2)
    assert {t.test.partition("::")[2]: (t.runs, t.failures) for t in tests} == {
        "test_that_fails_every_second_time": (2, 1),
        "test_that_never_fails": (2, 0),
    }


@pytest.mark.parametrize("workers", ["0", "2"])
def test_folders_with_a_conftest_of_their_own_are_run(planted: Path, workers: str) -> None:
    """There pytest asks pluggy for the hooks without some plugins, and pluggy 1.7 needs a hash of each."""
    planted.write_text("def test_good(): assert True")
    (planted.parent / "other").mkdir()
    for name, content in {"conftest.py": "", "test_other.py": "def test_other(): assert True"}.items():
        (planted.parent / "other" / name).write_text(content)

    assert (
        run(planted.parent, "--runs=1", f"--workers={workers}", f"--ledger={planted.with_name('ledger.sqlite')}") == 0
    )
    assert [t.runs for t in ledger(planted).tests("planted", 1)] == [1, 1]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_passing_and_a_failing_test_are_recorded_and_a_failure_ends_with_1(planted: Path, workers: str) -> None:
    planted.write_text("def test_good(): assert True\ndef test_bad(): assert False")

    assert run(planted, "--runs=1", f"--workers={workers}") == 1
    found = {t.test.rpartition(":")[2]: (t.runs, t.failures) for t in ledger(planted).tests("planted", 1)}
    assert found == {"test_good": (1, 0), "test_bad": (1, 1)}


def test_every_second_run_is_beside_busy_processes_and_the_ledger_keeps_which_and_where(planted: Path) -> None:
    run(planted, "--runs=3", "--busy=1", "--seed=5")

    kept = ledger(planted).runs("planted", 3)
    assert [(k.seed, k.busy, k.failures) for k in kept] == [(5, 0, 0), (5, 1, 1), (5, 0, 0)]
    assert all(" cores of " in k.machine for k in kept)


def test_the_busy_processes_end_with_the_block() -> None:
    with load.keep_busy(2) as pids:
        assert [psutil.pid_exists(pid) for pid in pids] == [True, True]

    assert [psutil.pid_exists(pid) for pid in pids] == [False, False]


def test_a_ledger_of_an_earlier_version_is_read_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE runs (id INTEGER PRIMARY KEY, story TEXT NOT NULL, seed INTEGER NOT NULL, "
            "began TEXT NOT NULL, seconds REAL NOT NULL)"
        )
        old.execute("INSERT INTO runs (story, seed, began, seconds) VALUES ('s', 1, '2025', 2.0)")
    old.close()
    Ledger(path).add(
        StoryRun(story="s", seed=2, began="2026", seconds=3.0, busy=4), [Outcome(test="t", outcome="failed", seconds=1)]
    )

    assert [(r.seed, r.busy, r.failures) for r in Ledger(path).runs("s", 10)] == [(1, 0, 0), (2, 4, 1)]
    assert [r.seed for r in Ledger(path).runs("s", 10, since="2026")] == [2]


def test_runs_of_other_days_stay_in_the_ledger_and_are_not_counted(planted: Path) -> None:
    run(planted, "--runs=2")
    run(planted, "--runs=1")

    kept = ledger(planted)
    assert [t.runs for t in kept.tests("planted", 3)] == [3, 3]
    assert [t.runs for t in kept.tests("planted", 1)] == [1, 1]


def test_clean_runs_end_with_0_and_what_they_bound(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted.write_text("def test_good(): assert True")

    assert run(planted, "--runs=2") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "planted: 1 tests, 2 runs, 0 flaky; with 95 % confidence a test fails in at most 78% of runs"


@pytest.mark.parametrize(
    ("failures", "runs", "rate"), [(0, 10, 0.2589), (0, 298, 0.01), (1, 10, 0.3942), (10, 10, 1.0), (0, 0, 1.0)]
)
def test_the_upper_bound_is_that_of_clopper_and_pearson(failures: int, runs: int, rate: float) -> None:
    assert failure_rate.upper_bound(failures, runs) == pytest.approx(rate, abs=1e-4)
