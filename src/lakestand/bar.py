"""A progress bar that shows itself when something takes long, on a terminal only."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from lakestand import view

SHOW_SECONDS = 2.0


class Bar:
    """A context; it is drawn on the view's console after two seconds, and leaves nothing behind."""

    def __init__(self, caption: str, *, quiet: bool = False) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        off = quiet or not view.console.is_terminal
        self.progress = Progress(*columns, console=view.console, transient=True, disable=off)
        self.task: TaskID = self.progress.add_task(caption, total=None)
        self.due = time.monotonic() + SHOW_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def total(self, count: int) -> None:
        """So many there will be."""
        self.progress.update(self.task, total=count)

    def advance(self, count: int) -> None:
        """So many more are done."""
        self.progress.update(self.task, advance=count)
        if time.monotonic() >= self.due:
            self.progress.start()
