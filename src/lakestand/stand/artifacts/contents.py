"""The two lists in the folder of a set: sizes, for a quick check on every use, and sums, for a full one.

`sha256sum -c .sums` in the folder does the full check too.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from lakestand.stand.artifacts.pin import Pin, digest

SIZES, SUMS = ".files", ".sums"


def find_fault(folder: Path) -> str:
    """Return why *folder* is not what was put there, by the sizes of its files; empty when it is."""
    try:
        lines = (folder / SIZES).read_text().splitlines()
    except OSError:
        return f"{folder} is missing"
    for size, _, name in (line.partition(" ") for line in lines):
        if str(_size(f"{folder}/{name}")) != size:
            return f"{folder / name} is damaged"
    return "" if lines else f"{folder} is empty"


def find_altered(folder: Path) -> str:
    """Return why *folder* is not what was put there, by every byte of its files; empty when it is."""
    if not (folder / SUMS).exists():
        return f"{folder} has no list of sums"
    for line in (folder / SUMS).read_text().splitlines():
        expected, _, name = line.partition("  ")
        actual = digest(folder / name)
        if actual != expected:
            return f"{folder / name} has sha256 {actual[:12]}… instead of {expected[:12]}…"
    return ""


def record(folder: Path) -> None:
    """Write both lists; the sizes last, for their list means that the set is complete."""
    files = list(_files(folder))
    (folder / SUMS).write_text("".join(f"{digest(p)}  {p.relative_to(folder)}\n" for p in files))
    (folder / SIZES).write_text("".join(f"{p.stat().st_size} {p.relative_to(folder)}\n" for p in files))


def prepare(part: Path, damaged: Path, pins: Sequence[Pin]) -> None:
    """Leave nothing in the folder *part* but pinned files that need not be downloaded again.

    They are of a fetch that was interrupted, or copied from the set that was found *damaged*.
    """
    part.mkdir(parents=True, exist_ok=True)
    wanted = {pin.file for pin in pins}
    for path in part.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in wanted:
            path.unlink()
    for name in wanted:
        if (damaged / name).is_file() and not (part / name).exists():
            shutil.copyfile(damaged / name, part / name)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name not in {SIZES, SUMS}:
            yield path


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116  without Path half the time, for 1,800 files
    except OSError:
        return -1
