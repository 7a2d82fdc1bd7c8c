"""What is seen of a fetch: one bar over all bytes and files; without a terminal a line for each set."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from lakestand.stand.artifacts.fetched import Gap


class Display:
    """A context in which *gaps* are filled."""

    def __init__(self, gaps: Sequence[Gap], *, shown: bool) -> None:
        self.console = Console(stderr=True, quiet=not shown)
        self.files, self.total = 0, sum(len(gap.missing) for gap in gaps)
        self.lock = threading.Lock()
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        bar = shown and self.console.is_terminal
        self.progress = Progress(*columns, transient=True, disable=not bar, console=self.console)
        self.task = self.progress.add_task(self._caption(), total=sum(gap.size for gap in gaps))

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def advance(self, size: int, files: int = 0) -> None:
        """*size* more bytes have come (fewer, when a try failed), and *files* are complete."""
        with self.lock:
            self.files += files
        self.progress.update(self.task, advance=size, description=self._caption())

    def done(self, gap: Gap) -> None:
        """A set is in place."""
        if not self.console.is_terminal:
            text = f"fetched {gap.name}: {len(gap.missing)} files, {gap.size / 1e6:.1f} MB"
            self.console.print(text, soft_wrap=True, highlight=False)

    def _caption(self) -> str:
        return f"fetching {self.files}/{self.total} files"
