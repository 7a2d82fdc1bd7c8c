"""What `invoke up` shows of a bring-up: when each service was ready, and the chain that decided how long it took."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from lakestand import view
from lakestand.stand.timing import Timing
from lakestand.tasks import stand

MILL = Timing("mill", (), 0.0, 1.0, fresh=True)
BAKER = Timing("baker", ("mill",), 1.0, 3.25, fresh=False)
CAT = Timing("cat", (), 0.0, 0.125, fresh=True)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the console prints into a pipe."""
    out = io.StringIO()
    monkeypatch.setattr(view, "console", Console(file=out, width=120, highlight=False))
    return out


def test_timings_come_in_the_order_in_which_services_got_ready() -> None:
    found = stand.timing_rows([BAKER, MILL, CAT])

    assert [t["service"] for t in found] == ["cat", "mill", "baker"]
    assert found[2] == {
        "service": "baker",
        "offset_s": 1.0,
        "duration_s": 2.25,
        "ready_s": 3.25,
        "started": False,
        "critical": True,
    }


def test_only_what_the_last_one_waited_for_is_critical() -> None:
    assert {t["service"]: t["critical"] for t in stand.timing_rows([BAKER, MILL, CAT])} == {
        "cat": False,
        "mill": True,
        "baker": True,
    }


def test_the_critical_chain_is_told_first_to_last(printed: io.StringIO) -> None:
    stand.show_timings([BAKER, MILL, CAT], 3.3)

    lines = printed.getvalue().splitlines()
    assert lines[0].strip() == "ready in 3.3 s"
    assert lines[-1] == "critical chain: mill 1.0 s → baker 2.2 s"
    assert [line.count("was running") for line in lines if "baker  " in line] == [1]
