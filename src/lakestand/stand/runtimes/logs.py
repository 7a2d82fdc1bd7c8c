"""A service's log file: its end, what came since, what comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lakestand import probe

# More than a line has on average; a tail of long lines is shorter than asked for.
LINE_BYTES = 400
FOREVER = 86400


def size(path: Path) -> int:
    """In bytes; 0 when there is none."""
    return path.stat().st_size if path.exists() else 0


def tail(path: Path, lines: int, after: int = 0) -> str:
    """The last *lines* after byte *after*; empty when there is no file."""
    if not path.exists():
        return ""
    end = size(path)
    # A restarted service has a new log, which may be shorter than *after*.
    start = max(after if after <= end else 0, end - LINE_BYTES * lines)
    with path.open("rb") as file:
        file.seek(start)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def follow(path: Path) -> Iterator[str]:
    """What is appended, as it comes."""
    with path.open(errors="replace") as file:
        file.seek(0, 2)
        while True:
            probe.until(lambda: size(path) > file.tell(), FOREVER, f"more in {path}")
            yield file.read()
