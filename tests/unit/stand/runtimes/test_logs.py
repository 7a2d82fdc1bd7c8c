"""The log file of a native service: its end, and what came after a moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.errors import StandError
from lakestand.stand.runtimes.logs import LogFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kafka" / "log"


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def test_a_log_that_has_not_begun_is_empty_and_cannot_be_followed(path: Path) -> None:
    log = LogFile(path)

    assert (log.tail(), log.from_now()(5)) == ("", "")
    with pytest.raises(StandError, match="kafka has no log yet: invoke up --only kafka"):
        next(log.follow())


def test_a_tail_has_the_last_lines(path: Path) -> None:
    write(path, "one", "two", "three")

    assert LogFile(path).tail(2) == "two\nthree"


def test_a_tail_from_now_leaves_out_what_was_written_before(path: Path) -> None:
    write(path, "one", "two")
    tail = LogFile(path).from_now()
    write(path, "one", "two", "three", "four")

    assert tail(10) == "three\nfour"
    assert tail(1) == "four"


def test_a_tail_from_now_has_the_shorter_log_of_a_restart_whole(path: Path) -> None:
    write(path, "one", "two")
    tail = LogFile(path).from_now()
    write(path, "new")

    assert tail(10) == "new"
