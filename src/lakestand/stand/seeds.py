"""Data directories that take long to make, made once and copied for every stand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from lakestand.settings import Settings


def template(settings: Settings, name: str, build: Callable[[Path], None]) -> Path:
    """The folder that *build* filled, in the cache; built now if it is not there."""
    folder = settings.cache_dir / "templates" / name
    if folder.exists():  # a container's cache is read-only
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            part = folder.with_name(f"{name}.{os.getpid()}")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            build(part)
            part.replace(folder)
    return folder
