"""A planted flaky test is found by real runs, with its seed; its green neighbour is not accused."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import psutil
import pytest

from lakestand.measure.flakiness import __main__ as flakiness
from lakestand.measure.flakiness import failure_rate, load
from lakestand.measure.flakiness.ledger import Ledger, Outcome, StoryRun

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

# As the project's own conftest.py does it.
CONFTEST = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed:
        report.sections.append(("log of kafka", "what Kafka said"))
    return report
"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A file with a flaky test and a good one."""
    path = tmp_path / "test_planted.py"
    path.write_text(PLANTED)
    path.with_name("conftest.py").write_text(CONFTEST)
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
    assert "--- log of kafka ---\nwhat Kafka said" in said


def test_a_failure_is_told_with_its_seed_and_all_that_it_left(
    planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(planted, "--runs=2") == 1

    told = capsys.readouterr().out
    (test,) = [t for t in Ledger(planted.with_name("ledger.sqlite")).tests("planted", 2) if t.failures]
    assert f"=== {test.test} failed with seed {test.seeds[0]}\n" in told
    assert "--- log of kafka ---\nwhat Kafka said" in told


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_test_is_counted_once_a_run_with_workers_too(planted: Path, workers: str) -> None:
    run(planted, "--runs=2", f"--workers={workers}")

    tests = Ledger(planted.with_name("ledger.sqlite")).tests("planted", 2)
    assert {t.test.partition("::")[2]: (t.runs, t.failures) for t in tests} == {
        "test_that_fails_every_second_time": (2, 1),
        "test_that_never_fails": (2, 0),
    }


def book(planted: Path) -> Ledger:
    return Ledger(planted.with_name("ledger.sqlite"))


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
    assert [t.runs for t in book(planted).tests("planted", 1)] == [1, 1]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_passing_and_a_failing_test_are_recorded_and_a_failure_ends_with_1(planted: Path, workers: str) -> None:
    planted.write_text("def test_good(): assert True\ndef test_bad(): assert False")

    assert run(planted, "--runs=1", f"--workers={workers}") == 1
    found = {t.test.rpartition(":")[2]: (t.runs, t.failures) for t in book(planted).tests("planted", 1)}
    assert found == {"test_good": (1, 0), "test_bad": (1, 1)}


def test_a_run_that_breaks_off_keeps_what_it_had_and_is_counted_neither_as_clean_nor_as_flaky(
    planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.write_text("import os\ndef test_one(): pass\ndef test_two(): os._exit(7)")

    assert run(planted, "--runs=1", "--seed=1") == 2
    assert {t.test.rpartition(":")[2] for t in book(planted).tests("planted", 1)} <= {"test_one"}
    assert book(planted).runs("planted", 1) == []
    assert capsys.readouterr().err == "no verdict: with seed 1 pytest broke off (exit code 7)\n"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_file_that_cannot_be_collected_is_no_flaky_test_and_is_reported_with_its_reason(
    planted: Path, workers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.write_text("import nothing_of_this_name")

    assert run(planted, "--runs=1", "--seed=7", f"--workers={workers}") == 2
    printed = capsys.readouterr()
    assert book(planted).tests("planted", 1) == []
    assert "No module named 'nothing_of_this_name'" in printed.out
    assert printed.err == "no verdict: with seed 7 pytest could not collect test_planted.py\n"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_internal_error_of_pytest_is_no_flaky_test(
    planted: Path, workers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.with_name("conftest.py").write_text("def pytest_collection_modifyitems(): raise TypeError('unhashable')")

    assert run(planted, "--runs=1", "--seed=7", f"--workers={workers}", "--json") == 2
    printed = capsys.readouterr()
    problem = "pytest ended in an internal error (exit code 3)"
    assert "TypeError: unhashable" in printed.out
    assert json.loads(printed.out.splitlines()[-1]) == {
        "story": "planted",
        "runs": 1,
        "tests": [],
        "broken": [{"seed": 7, "problem": problem}],
    }
    assert printed.err == f"no verdict: with seed 7 {problem}\n"


def test_a_killed_pytest_is_no_flaky_test(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted.write_text("import os, signal\ndef test_one(): os.kill(os.getpid(), signal.SIGKILL)")

    assert run(planted, "--runs=1", "--seed=7") == 2
    assert capsys.readouterr().err == "no verdict: with seed 7 pytest was killed by SIGKILL\n"


def test_one_run_that_is_no_run_of_the_tests_outweighs_a_flaky_test(planted: Path) -> None:
    planted.write_text(
        "import os\nfrom pathlib import Path\nHERE = Path(__file__).with_name('ran')\n"
        "def test_bad():\n    if HERE.exists(): os._exit(3)\n    HERE.touch()\n    assert False"
    )

    assert run(planted, "--runs=2") == 2
    assert [t.failures for t in book(planted).tests("planted", 2)] == [1]
    assert len(book(planted).runs("planted", 2)) == 1


def test_every_second_run_is_beside_busy_processes_and_the_ledger_keeps_which_and_where(planted: Path) -> None:
    run(planted, "--runs=3", "--busy=1", "--seed=5")

    kept = Ledger(planted.with_name("ledger.sqlite")).runs("planted", 3)
    assert [(k.seed, k.busy, k.failures) for k in kept] == [(5, 0, 0), (5, 1, 1), (5, 0, 0)]
    assert all(" cores of " in k.machine for k in kept)


def test_the_busy_processes_end_with_the_block() -> None:
    with load.busy(2) as pids:
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

    book = Ledger(planted.with_name("ledger.sqlite"))
    assert [t.runs for t in book.tests("planted", 3)] == [3, 3]
    assert [t.runs for t in book.tests("planted", 1)] == [1, 1]


def test_clean_runs_end_with_0_and_what_they_bound(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted.write_text("def test_good(): assert True")

    assert run(planted, "--runs=2") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "planted: 1 tests, 2 runs, 0 flaky; with 95 % confidence a test fails in at most 78% of runs"


def test_a_run_without_tests_is_no_clean_run(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted.write_text("x = 1")

    assert run(planted, "--runs=1", "--seed=7") == 2
    assert capsys.readouterr().err == "no verdict: with seed 7 pytest found no test (exit code 5)\n"


@pytest.mark.parametrize(
    ("failures", "runs", "rate"), [(0, 10, 0.2589), (0, 298, 0.01), (1, 10, 0.3942), (10, 10, 1.0), (0, 0, 1.0)]
)
def test_the_upper_bound_is_that_of_clopper_and_pearson(failures: int, runs: int, rate: float) -> None:
    assert failure_rate.upper_bound(failures, runs) == pytest.approx(rate, abs=1e-4)
