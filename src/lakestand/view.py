"""What a person sees: tables, live states and JSON. rich honours NO_COLOR and pipes."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lakestand.stand.timing import Timing, critical_chain

# A pipe or a file has no width, and rich would take 80 columns and fold words in the tables of a log.
WIDTH = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160
# No markup: in what a server says, and in '.[spark]', brackets are brackets.
console = Console(highlight=False, markup=False, emoji=False, width=WIDTH)
STYLE = {"ready": "green", "starting": "yellow", "stopping": "yellow", "failed": "bold red", "stopped": "dim"}


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table whose numbers are to the right and whose states are coloured."""
    body = [[cell if isinstance(cell, str) else _number(cell) for cell in row] for row in rows]
    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for index, column in enumerate(columns):
        numeric = bool(body) and all(row[index][-1:].isdigit() or row[index] == "-" for row in body)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        made.add_row(*(Text(cell, STYLE.get(cell, "")) for cell in row))
    return made


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table."""
    console.print(table(title, columns, rows))


def as_json(data: object) -> None:
    """Print *data* as JSON, and nothing else."""
    print(json.dumps(data, indent=2, default=str))


class Board:
    """The states of services while they change."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.states: dict[str, str] = {}
        self._lock = threading.Lock()

    def set(self, name: str, state: str) -> None:
        """Called by the stack, from any thread."""
        with self._lock:
            self.states[name] = state

    def __rich__(self) -> Table:
        with self._lock:
            return table(self.title, ("service", "state"), list(self.states.items()))


@contextmanager
def board(title: str, *, quiet: bool) -> Iterator[Board]:
    """A board that is drawn live on a terminal, and not at all when *quiet* or piped."""
    drawn = Board(title)
    if quiet or not console.is_terminal:
        yield drawn
        return
    with Live(drawn, console=console, refresh_per_second=10, transient=True):
        yield drawn


def timings(found: Sequence[Timing]) -> list[Mapping[str, Any]]:
    """What `up --json` prints: seconds, in the order in which services got ready."""
    chain = {t.name for t in critical_chain(found)}
    return [
        {
            "service": t.name,
            "offset_s": round(t.began, 2),
            "duration_s": round(t.seconds, 2),
            "ready_s": round(t.ready, 2),
            "started": t.fresh,
            "critical": t.name in chain,
        }
        for t in sorted(found, key=lambda t: t.ready)
    ]


def show_timings(found: Sequence[Timing], total: float) -> None:
    """When each service was ready, and the chain that decided how long it took."""
    show(
        f"ready in {total:.1f} s",
        ("service", "offset s", "duration s", "ready s", ""),
        [
            (
                t["service"],
                t["offset_s"],
                t["duration_s"],
                t["ready_s"],
                "" if t["started"] else "was running",
            )
            for t in timings(found)
        ],
    )
    chain = " → ".join(f"{t.name} {t.seconds:.1f} s" for t in critical_chain(found))
    console.print(f"critical chain: {chain}")


def _number(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
