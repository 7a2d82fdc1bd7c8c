"""The progress bar: silent when it is quick or nobody sees it, there when it takes long."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from lakestand import bar, view
from lakestand.bar import Bar


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal is sent."""
    out = io.StringIO()
    monkeypatch.setattr(view, "console", Console(file=out, force_terminal=True, width=80))
    return out


def test_what_is_quick_shows_no_bar(terminal: io.StringIO) -> None:
    with Bar("flights") as drawn:
        drawn.total(10)
        drawn.advance(10)

    assert terminal.getvalue() == ""


def test_what_takes_long_shows_how_far_it_is(terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar, "SHOW_SECONDS", 0.0)
    with Bar("flights") as drawn:
        drawn.total(10)
        drawn.advance(4)

    assert "flights" in terminal.getvalue()
    assert "4/10" in terminal.getvalue()


@pytest.mark.parametrize(("quiet", "tty"), [(True, True), (False, False)])
def test_nothing_is_drawn_in_a_pipe_or_beside_json(monkeypatch: pytest.MonkeyPatch, *, quiet: bool, tty: bool) -> None:
    out = io.StringIO()
    monkeypatch.setattr(view, "console", Console(file=out, force_terminal=tty, width=80))
    monkeypatch.setattr(bar, "SHOW_SECONDS", 0.0)
    with Bar("flights", quiet=quiet) as drawn:
        drawn.advance(4)

    assert out.getvalue() == ""
