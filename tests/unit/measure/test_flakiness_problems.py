"""A run that is no run of the tests - broken off, killed, uncollected, empty - is neither clean nor flaky."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.measure.planted import ledger, run


def test_a_run_that_breaks_off_keeps_what_it_had_and_is_counted_neither_as_clean_nor_as_flaky(
    planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.write_text("import os\ndef test_one(): pass\ndef test_two(): os._exit(7)")

    assert run(planted, "--runs=1", "--seed=1") == 2
    assert {t.test.rpartition(":")[2] for t in ledger(planted).tests("planted", 1)} <= {"test_one"}
    assert ledger(planted).runs("planted", 1) == []
    assert capsys.readouterr().err == "no verdict: with seed 1 pytest broke off (exit code 7)\n"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_file_that_cannot_be_collected_is_no_flaky_test_and_is_reported_with_its_reason(
    planted: Path, workers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.write_text("import nothing_of_this_name")

    assert run(planted, "--runs=1", "--seed=7", f"--workers={workers}") == 2
    printed = capsys.readouterr()
    assert ledger(planted).tests("planted", 1) == []
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
    assert [t.failures for t in ledger(planted).tests("planted", 2)] == [1]
    assert len(ledger(planted).runs("planted", 2)) == 1


def test_a_run_without_tests_is_no_clean_run(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted.write_text("x = 1")

    assert run(planted, "--runs=1", "--seed=7") == 2
    assert capsys.readouterr().err == "no verdict: with seed 7 pytest found no test (exit code 5)\n"
