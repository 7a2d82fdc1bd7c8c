"""SPARK_HOME in the cache: one place for all virtual environments, so that they share the driver's class-data archive.

An archive is valid for the jars, by path and time, that it was made with, and each environment has its own PySpark.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib import metadata
from pathlib import Path

from filelock import FileLock

from lakestand.settings import Settings
from lakestand.stand.services import spark

PARTS = ("bin", "jars", "python")


def ensure(settings: Settings) -> Path:
    """The folder of the installed PySpark, created if it is missing; its files are hard links where possible."""
    folder = settings.cache_dir / "spark" / f"{metadata.version('pyspark')}-{_key()}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not folder.exists():
                _make(spark.home(), folder)
    return folder


def _key() -> str:
    """A hash of PySpark's jars, by name and checksum as its wheel lists them."""
    files = metadata.distribution("pyspark").read_text("RECORD") or ""
    jars = sorted(line for line in files.splitlines() if line.startswith("pyspark/jars/"))
    return hashlib.sha256("\n".join(jars).encode()).hexdigest()[:12]


def _make(package: Path, folder: Path) -> None:
    part = Path(f"{folder}.part")
    shutil.rmtree(part, ignore_errors=True)
    for name in PARTS:
        shutil.copytree(package / name, part / name, copy_function=_link)
    part.rename(folder)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)
