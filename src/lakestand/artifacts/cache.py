"""The sets in the cache: fetched once, put in place whole, looked at cheaply on every use."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from lakestand.artifacts import maven, pin, table
from lakestand.artifacts.pin import Pin, locked
from lakestand.artifacts.unpack import unpack
from lakestand.errors import ArtifactError
from lakestand.settings import Settings

INDEX = ".files"


@dataclass(frozen=True)
class Fetched:
    """What a fetch cost."""

    files: int
    megabytes: float
    seconds: float

    def __str__(self) -> str:
        if not self.files:
            return "every artifact is in the cache"
        return f"fetched {self.files} files, {self.megabytes:.0f} MB, in {self.seconds:.1f} s"


def home(name: str, settings: Settings, lock: Path = pin.LOCK) -> Path:
    """Where a set lies: its name, and a hash of what is pinned."""
    pins = locked(name, lock)
    key = pin.hashlib.sha256("".join(map(str, pins)).encode()).hexdigest()[:12]
    return settings.cache_dir / "sets" / f"{name}-{key}"


def fetch(names: Sequence[str], settings: Settings, lock: Path = pin.LOCK) -> Fetched:
    """Have all of *names* complete in the cache, with a progress bar for what is downloaded."""
    began, files, size = time.monotonic(), 0, 0
    for name in map(table.resolve, names):
        target = home(name, settings, lock)
        if fault(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{target}.lock"):
                if fault(target):
                    pins = locked(name, lock)
                    _fill(name, pins, target, settings)
                    files, size = files + len(pins), size + sum(p.size for p in pins)
    return Fetched(files, size / 1e6, time.monotonic() - began)


def fault(folder: Path) -> str:
    """Why the set in *folder* is not as it was put there; empty when it is. Looks at sizes only."""
    index = folder / INDEX
    if not index.exists():
        return f"{folder} is missing"
    for line in index.read_text().splitlines():
        size, _, name = line.partition(" ")
        path = folder / name
        if not path.exists() or path.stat().st_size != int(size):
            return f"{path} is damaged"
    return ""


def _fill(name: str, pins: list[Pin], target: Path, settings: Settings) -> None:
    part = target.with_name(f"{target.name}.part")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True)) as progress:
        bar = progress.add_task(f"fetching {name}", total=sum(p.size for p in pins))
        # Files of an interrupted fetch are kept where they are whole.
        maven.download(pins, part, settings, lambda n: progress.update(bar, advance=n))
    if name in table.SETS:
        unpack(part, table.SETS[name].unpack)
    _index(part)
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)


def _index(folder: Path) -> None:
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()]
    text = "".join(f"{p.stat().st_size} {p.relative_to(folder)}\n" for p in files)
    part = folder / f"{INDEX}.{os.getpid()}"
    part.write_text(text)
    part.replace(folder / INDEX)


def verify(name: str, settings: Settings, lock: Path = pin.LOCK) -> None:
    """Compare every file of a set that is used as it was fetched with its sha256; ArtifactError names the first."""
    resolved = table.resolve(name)
    folder = home(resolved, settings, lock)
    if why := fault(folder):
        raise ArtifactError(f"{why}: invoke fetch repairs it")
    if resolved in table.SETS and not table.SETS[resolved].unpack:
        for each in locked(resolved, lock):
            if why := each.fault(folder / each.file):
                raise ArtifactError(f"{folder / each.file} {why}: delete it, then invoke fetch")
