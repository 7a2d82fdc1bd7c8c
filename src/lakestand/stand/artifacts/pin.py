"""One pinned file of the Maven repository, and the committed list of all of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lakestand.errors import BadArgument

LOCK = Path(__file__).with_name("lock.json")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Pin:
    """A coordinate (group:artifact:version[:extension[:classifier]]), its sha256 and its size in bytes."""

    coordinate: str
    sha256: str
    size: int

    @classmethod
    def parse(cls, line: str) -> Self:
        """From a line of the lock file."""
        coordinate, sha256, size = line.split()
        return cls(coordinate, sha256, int(size))

    def __str__(self) -> str:
        return f"{self.coordinate} {self.sha256} {self.size}"

    @property
    def file(self) -> str:
        """The file's name in the repository."""
        _, artifact, version, extension, classifier = parts(self.coordinate)
        return f"{artifact}-{version}{'-' + classifier if classifier else ''}.{extension}"

    @property
    def location(self) -> str:
        """Its path in a repository of Maven's default layout."""
        group, artifact, version, _, _ = parts(self.coordinate)
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.file}"

    def find_fault(self, path: Path) -> str:
        """Why *path* is not this file, read in full; empty when it is."""
        if not path.exists():
            return "is missing"
        if path.stat().st_size != self.size:
            return f"has {path.stat().st_size:,} bytes instead of {self.size:,}"
        found = digest(path)
        return "" if found == self.sha256 else f"has sha256 {found[:12]}… instead of {self.sha256[:12]}…"


def parts(coordinate: str) -> tuple[str, str, str, str, str]:
    """group, artifact, version, extension, classifier."""
    group, artifact, version, *rest = coordinate.split(":")
    extension, classifier = [*rest, "jar", ""][:2] if rest else ("jar", "")
    return group, artifact, version, extension, classifier if len(rest) > 1 else ""


def digest(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locked(name: str, lock: Path = LOCK) -> list[Pin]:
    """The pinned files of a set."""
    book = json.loads(lock.read_text())
    if name not in book:
        raise BadArgument(f"no set of artifacts is called {name}; there are: {', '.join(book)}")
    return [Pin.parse(line) for line in book[name]]
