"""The log file of a service that runs as a process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lakestand import probe
from lakestand.errors import StandError
from lakestand.stand.runtimes import Tail

# More than a line has on average; a tail of long lines is shorter than asked for.
LINE_BYTES = 400
FOREVER = 86400


@dataclass(frozen=True)
class LogFile:
    """The log in the file *path*, which every start of its service begins anew; *path* need not exist yet."""

    path: Path

    def tail(self, lines: int = 15) -> str:
        """The last *lines* of the file."""
        return self._tail(lines, after=0)

    def from_now(self) -> Tail:
        """A tail of what is appended from now on, or of a new file that has replaced this one."""
        end = self._size()
        return lambda lines: self._tail(lines, after=end)

    def follow(self) -> Iterator[str]:
        """What is appended, as it comes.

        Raises:
            StandError: when there is no log yet.
        """
        if not self.path.exists():
            raise StandError(f"{self.path.parent.name} has no log yet: invoke up --only {self.path.parent.name}")
        with self.path.open(errors="replace") as file:
            file.seek(0, 2)
            while True:
                probe.until(lambda: self._size() > file.tell(), FOREVER, f"more in {self.path}")
                yield file.read()

    def _tail(self, lines: int, after: int) -> str:
        if not self.path.exists():
            return ""
        end = self._size()
        # A restarted service has a new log, which may be shorter than *after*.
        start = max(after if after <= end else 0, end - LINE_BYTES * lines)
        with self.path.open("rb") as file:
            file.seek(start)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0
