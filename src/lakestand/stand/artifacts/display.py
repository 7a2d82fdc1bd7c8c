"""What a person sees of a fetch: one bar over all bytes and files; without a terminal a line for each set."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lakestand import view
from lakestand.stand.artifacts.fetched import Gap
from lakestand.view import Bar


class Display:
    """How far the fetch that fills *gaps* is, drawn as a *bar*; or, where that is hidden, a line for each set."""

    def __init__(self, gaps: Sequence[Gap], bar: Bar, *, with_lines: bool) -> None:
        self.bar, self.with_lines = bar, with_lines
        self.files, self.total = 0, sum(len(gap.missing) for gap in gaps)
        self.lock = threading.Lock()
        bar.total(sum(gap.size for gap in gaps))
        self.advance(0)

    def advance(self, size: int, files: int = 0) -> None:
        """Move the bar on by *size* bytes, a negative number when a try failed, and count *files* that are complete."""
        with self.lock:
            self.files += files
        self.bar.advance(size, caption=f"fetching {self.files}/{self.total} files")

    def report_set(self, gap: Gap) -> None:
        """Print that a set is in place, where there are lines."""
        if self.with_lines:
            view.note(f"fetched {gap.name}: {len(gap.missing)} files, {gap.size / 1e6:.1f} MB")


@contextmanager
def show(gaps: Sequence[Gap], *, shown: bool) -> Iterator[Display]:
    """Draw the fetch that fills *gaps* for the length of a block; nothing of it unless *shown*."""
    with Bar("fetching", quiet=not shown, of_bytes=True) as bar:
        yield Display(gaps, bar, with_lines=shown and bar.is_hidden)
