"""What a person sees: tables, progress bars, states that change, and JSON. rich honours NO_COLOR, and pipes."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

T = TypeVar("T")
# How the user calls commands: as the documents do in a checkout, or `lakestand`.
program = "invoke"
# A pipe or a file has no width, and rich would take 80 columns and fold words in the tables of a log.
WIDTH = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160
# No markup: in what a server says, and in '.[spark]', brackets are brackets.
console = Console(highlight=False, markup=False, emoji=False, width=WIDTH)
STYLE = {"ready": "green", "starting": "yellow", "stopping": "yellow", "failed": "bold red", "stopped": "dim"}
# What takes less shows no progress bar.
SHOW_SECONDS = 2.0


def spell(text: str) -> str:
    """Return *text* with its commands as the user can type them: `invoke up` is `lakestand up` in other folders."""
    return re.sub(r"\binvoke (?=[a-z])", f"{program} ", text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table of *rows*, with numbers aligned to the right, and the states of services coloured."""
    body = [[cell if isinstance(cell, str) else _number(cell) for cell in row] for row in rows]
    drawn = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for index, column in enumerate(columns):
        numeric = bool(body) and all(row[index][-1:].isdigit() or row[index] == "-" for row in body)
        drawn.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        drawn.add_row(*(Text(cell, STYLE.get(cell, "")) for cell in row))
    return drawn


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table of *rows* below *title*."""
    console.print(table(title, columns, rows))


def say(text: str) -> None:
    """Print a line, in which commands stand as the user can type them."""
    console.print(spell(text))


def note(text: str) -> None:
    """Print a line that is for a person alone on standard error."""
    print(text, file=sys.stderr, flush=True)


def print_json(data: object) -> None:
    """Print *data* as JSON on standard output; what JSON does not know becomes a text."""
    print(json.dumps(data, indent=2, default=str))


class Board:
    """The states of services while they change, as a table that rich can draw."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.states: dict[str, str] = {}
        self._lock = threading.Lock()

    def set(self, name: str, state: str) -> None:
        """Change the state of the service *name*; may be called from any thread."""
        with self._lock:
            self.states[name] = state

    def __rich__(self) -> Table:
        with self._lock:
            return table(self.title, ("service", "state"), list(self.states.items()))


@contextmanager
def board(title: str, *, quiet: bool) -> Iterator[Board]:
    """Yield a board, which is drawn live on a terminal, and not at all when *quiet* or in a pipe."""
    drawn = Board(title)
    if quiet or not console.is_terminal:
        yield drawn
        return
    with Live(drawn, console=console, refresh_per_second=10, transient=True):
        yield drawn


class Bar:
    """A progress bar as a context: drawn on a terminal after two seconds, and wiped off at the end.

    `total` and `advance` move it; `add` puts another bar below it, which the function that it returns moves.
    *of_bytes*: its steps are bytes, and it shows how many of them come in a second.
    """

    def __init__(self, caption: str, *, quiet: bool = False, of_bytes: bool = False) -> None:
        self.is_hidden = quiet or not console.is_terminal
        steps = (DownloadColumn(), TransferSpeedColumn()) if of_bytes else (MofNCompleteColumn(), TimeRemainingColumn())
        columns = (TextColumn("{task.description}"), BarColumn(), *steps)
        self.progress = Progress(*columns, console=console, transient=True, disable=self.is_hidden)
        self.task: TaskID = self.progress.add_task(caption, total=None)
        self.due = time.monotonic() + SHOW_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def total(self, count: int) -> None:
        """Set how many steps there are until the bar is full."""
        self.progress.update(self.task, total=count)

    def advance(self, count: int, *, caption: str | None = None) -> None:
        """Move the bar on by *count* steps, and give it another *caption*."""
        if caption is not None:
            self.progress.update(self.task, description=caption)
        self._advance(self.task, count)

    def add(self, caption: str, total: int) -> Callable[[int], None]:
        """Put a bar of *total* steps below, and return the function that moves it on by a number of steps."""
        return functools.partial(self._advance, self.progress.add_task(caption, total=total))

    def track(self, items: Sequence[T]) -> Iterator[T]:
        """Yield *items*, and move the bar on by a step after each."""
        self.total(len(items))
        for item in items:
            yield item
            self.advance(1)

    def _advance(self, task: TaskID, count: int) -> None:
        self.progress.update(task, advance=count)
        if time.monotonic() >= self.due:
            self.progress.start()


def _number(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
