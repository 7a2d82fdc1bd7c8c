"""A test file that is planted to be found flaky, and its runs."""

from __future__ import annotations

from pathlib import Path

from lakestand.measure.flakiness import __main__ as flakiness
from lakestand.measure.flakiness.ledger import Ledger

PLANTED = """
from pathlib import Path
import pytest

COUNT = Path(__file__).with_name("count")

def test_that_fails_every_second_time():
    runs = len(COUNT.read_text()) if COUNT.exists() else 0
    COUNT.write_text("x" * (runs + 1))
    print("printed by the test")
    assert runs % 2 == 0

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
        report.sections.append(("log of kafka", "a line of the log"))
    return report
"""


def run(planted: Path, *more: str) -> int:
    """Run the planted file again and again, as `nox -s flakiness` does, and return the exit code."""
    file = planted.with_name("ledger.sqlite")
    return flakiness.main(
        ["--story=planted", f"--ledger={file}", *more, "--", str(planted), f"--rootdir={planted.parent}"]
    )


def ledger(planted: Path) -> Ledger:
    """Open the ledger that the runs of the planted file are kept in."""
    return Ledger(planted.with_name("ledger.sqlite"))
