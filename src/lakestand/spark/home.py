"""SPARK_HOME in the cache: one place for all virtual environments, so that they share the driver's class-data archive.

An archive holds for the very jars, by path and time, that it was made with: in each environment PySpark's are others.
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
    """The folder for the installed PySpark, made when it is not there; its files are links where links can be made."""
    wanted = settings.cache_dir / "spark" / f"{metadata.version('pyspark')}-{_key()}"
    if not wanted.exists():
        wanted.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{wanted}.lock"):
            if not wanted.exists():
                _make(spark.home(), wanted)
    return wanted


def _key() -> str:
    """Of the jars, by name and checksum as the wheel has them."""
    files = metadata.distribution("pyspark").read_text("RECORD") or ""
    jars = sorted(line for line in files.splitlines() if line.startswith("pyspark/jars/"))
    return hashlib.sha256("\n".join(jars).encode()).hexdigest()[:12]


def _make(package: Path, wanted: Path) -> None:
    part = Path(f"{wanted}.part")
    shutil.rmtree(part, ignore_errors=True)
    for name in PARTS:
        shutil.copytree(package / name, part / name, copy_function=_link)
    part.rename(wanted)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)
