"""What takes long to make, made once for all checkouts of a machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def build_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Return *target*, a file or folder of the cache, which *build* makes when it is missing.

    *build* is given another path beside it, where nothing is, and makes the file or folder there. It takes the name
    of *target* only when it is complete: a build that is interrupted or fails is begun anew, and of several processes
    that need it at once one builds it while the others wait.
    """
    if target.exists():  # first of all: a container's cache is read-only, and takes no lock
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            _remove(part)
            build(part)
            part.replace(target)
    return target


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
