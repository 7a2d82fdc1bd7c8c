"""What a person sees: tables as they stand, JSON and nothing else, boards and bars that keep quiet in a pipe."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lakestand import view


def drawn(*rows: tuple[object, ...], columns: tuple[str, ...] = ("what", "found")) -> list[str]:
    """The lines of a table: title, header, rule, then a line a row."""
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as capture:
        console.print(view.table("title", columns, rows))
    return [line for line in capture.get().splitlines() if line.strip()]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the console prints into a pipe."""
    out = io.StringIO()
    monkeypatch.setattr(view, "console", Console(file=out, width=120, highlight=False))
    return out


def test_a_table_in_a_pipe_does_not_fold_its_words() -> None:
    cells = ["x" * 60, "y" * 60]
    program = f"from lakestand import view; view.show('title', ['one', 'two'], [{cells}])"
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}

    found = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True).stdout

    assert cells in [line.split() for line in found.splitlines()]


@pytest.mark.parametrize(
    "text", ["GET /: 404 '[]'", "a [bold] word", "[red]x", "[/]", "[/red]", "[Errno 111] refused", "C:\\[x]"]
)
def test_brackets_in_a_cell_are_shown_as_they_are(text: str) -> None:
    assert text in drawn(("port", text))[-1]


def test_brackets_in_a_printed_line_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    view.console.print("pip install -e '.[spark]' :cat:")

    assert capsys.readouterr().out == "pip install -e '.[spark]' :cat:\n"


@pytest.mark.parametrize(("state", "colour"), [("ready", "32"), ("failed", "1;31"), ("other", None)])
def test_a_state_has_its_colour(state: str, colour: str | None) -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(view.table("title", ("what",), [(state,)]))

    assert (f"\x1b[{colour}m{state}" in capture.get()) is (colour is not None)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, "-"),
        (1234567, "1,234,567"),
        (1234.5, "1,234.50"),
        (Path("/a/b"), "/a/b"),
        (True, "yes"),
        (False, "no"),
    ],
)
def test_a_cell_is_spelled_for_people(cell: object, shown: str) -> None:
    assert f" {shown} " in drawn(("x", cell))[-1]


def test_numbers_stand_to_the_right() -> None:
    lines = drawn(("a", 7), ("b", 1000), ("c", None), columns=("name", "rows"))

    assert [line.rstrip() for line in lines[-3:]] == [" a         7", " b     1,000", " c         -"]


def test_words_stand_to_the_left() -> None:
    lines = drawn(("a", "x"), ("b", "long"), columns=("name", "word"))

    assert [line.rstrip() for line in lines[-2:]] == [" a     x", " b     long"]


def test_a_table_without_rows_shows_its_columns() -> None:
    assert "what" in "".join(drawn())


def test_json_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    view.print_json({"where": Path("/a"), "rows": [1, None]})

    assert json.loads(capsys.readouterr().out) == {"where": "/a", "rows": [1, None]}


def test_a_board_in_a_pipe_prints_nothing(printed: io.StringIO) -> None:
    with view.board("starting", quiet=False) as board:
        board.set("mill", "ready")

    assert printed.getvalue() == ""
    assert board.states == {"mill": "ready"}


@pytest.mark.parametrize(("quiet", "seen"), [(True, False), (False, True)])
def test_a_board_on_a_terminal_is_drawn_unless_quiet(quiet: bool, seen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(view, "console", Console(file=out, width=80, force_terminal=True))

    with view.board("starting", quiet=quiet) as board:
        board.set("mill", "starting")

    assert ("mill" in out.getvalue()) is seen


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal is sent."""
    out = io.StringIO()
    monkeypatch.setattr(view, "console", Console(file=out, force_terminal=True, width=80))
    return out


def test_what_is_quick_shows_no_bar(terminal: io.StringIO) -> None:
    with view.Bar("flights") as drawn:
        drawn.total(10)
        drawn.advance(10)

    assert terminal.getvalue() == ""


def test_what_takes_long_shows_how_far_it_is(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "SHOW_SECONDS", 0.0)
    with view.Bar("flights") as drawn:
        drawn.total(10)
        drawn.advance(4)

    assert "flights" in terminal.getvalue()
    assert "4/10" in terminal.getvalue()


@pytest.mark.parametrize(("quiet", "tty"), [(True, True), (False, False)])
def test_nothing_is_drawn_in_a_pipe_or_beside_json(monkeypatch: pytest.MonkeyPatch, *, quiet: bool, tty: bool) -> None:
    out = io.StringIO()
    monkeypatch.setattr(view, "console", Console(file=out, force_terminal=tty, width=80))
    monkeypatch.setattr(view, "SHOW_SECONDS", 0.0)
    with view.Bar("flights", quiet=quiet) as drawn:
        drawn.advance(4)

    assert out.getvalue() == ""
