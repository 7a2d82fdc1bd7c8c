"""The folder that a service works in: filled once, and given its configuration before every start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lakestand.settings import PREFIX
from lakestand.stand.service import Process

DONE = ".set-up"


def prepare(folder: Path, process: Process) -> None:
    """Put into *folder* all that *process* wants there before it starts; a set-up that was broken off is done again."""
    fresh = process.setup is not None and not (folder / DONE).exists()
    if fresh:
        _empty(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in process.files.items():
        _write_private(folder / name, text)
    if fresh and process.setup:
        process.setup(folder)
        (folder / DONE).touch()
    for name in process.stale:
        (folder / name).unlink(missing_ok=True)
    if process.recover:
        process.recover()


def process_environment(process: Process) -> dict[str, str]:
    """Return the environment of a service's process: this one's, less the stand's settings, plus its own variables."""
    return clean_environment() | dict(process.env)


def clean_environment() -> dict[str, str]:
    """Return this process's environment without the stand's settings, among which are secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _empty(folder: Path) -> None:
    # Not the folder itself: a container's is a mount.
    for path in folder.iterdir() if folder.exists() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
