"""What a fetch has to do, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lakestand.stand.artifacts.pin import Pin


@dataclass(frozen=True)
class Fetched:
    """How much a fetch downloaded, and how long it took, as a sentence when it is printed."""

    files: int
    megabytes: float
    seconds: float

    def __str__(self) -> str:
        if not self.files:
            return "every artifact is in the cache"
        return f"fetched {self.files} files, {self.megabytes:.0f} MB, in {self.seconds:.1f} s"


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A set that is not complete.

    Attributes:
        target: where it will lie.
        part: where it is put together.
        missing: the files to download.
        why: what is wrong with the target.
    """

    name: str
    target: Path
    part: Path
    missing: Sequence[Pin]
    why: str

    @property
    def size(self) -> int:
        """How many bytes there are to download."""
        return sum(pin.size for pin in self.missing)
