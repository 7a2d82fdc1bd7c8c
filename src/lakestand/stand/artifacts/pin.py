"""A pinned file of the Maven repository, and the committed list of all pinned files."""

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
    """One file of the Maven repository that must be exactly this one.

    Attributes:
        coordinate: group:artifact:version[:extension[:classifier]].
        size: in bytes.
    """

    coordinate: str
    sha256: str
    size: int

    @classmethod
    def parse(cls, line: str) -> Self:
        """Return the pin that a line of the lock file describes."""
        coordinate, sha256, size = line.split()
        return cls(coordinate, sha256, int(size))

    def __str__(self) -> str:
        return f"{self.coordinate} {self.sha256} {self.size}"

    @property
    def file(self) -> str:
        """Its file name in the repository."""
        _, artifact, version, extension, classifier = parts(self.coordinate)
        return f"{artifact}-{version}{'-' + classifier if classifier else ''}.{extension}"

    @property
    def location(self) -> str:
        """Its path in a repository of Maven's default layout."""
        group, artifact, version, _, _ = parts(self.coordinate)
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.file}"

    def find_fault(self, path: Path) -> str:
        """Return why the file *path*, read in full, is not this one; empty when it is."""
        if not path.exists():
            return "is missing"
        if path.stat().st_size != self.size:
            return f"has {path.stat().st_size:,} bytes instead of {self.size:,}"
        actual = digest(path)
        return "" if actual == self.sha256 else f"has sha256 {actual[:12]}… instead of {self.sha256[:12]}…"


def parts(coordinate: str) -> tuple[str, str, str, str, str]:
    """Return group, artifact, version, extension (jar by default) and classifier (empty by default) of a coordinate."""
    group, artifact, version, *rest = coordinate.split(":")
    extension, classifier = [*rest, "jar", ""][:2] if rest else ("jar", "")
    return group, artifact, version, extension, classifier if len(rest) > 1 else ""


def digest(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locked(name: str, lock: Path = LOCK) -> list[Pin]:
    """Return the pinned files of the set *name*; BadArgument when there is no such set."""
    book = json.loads(lock.read_text())
    if name not in book:
        raise BadArgument(f"no set of artifacts is called {name}; there are: {', '.join(book)}")
    return [Pin.parse(line) for line in book[name]]
