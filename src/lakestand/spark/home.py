"""SPARK_HOME in the cache: one place for all virtual environments, so that they share the driver's class-data archive.

An archive is valid for the jars, by path and time, that it was made with, and each environment has its own PySpark.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib import metadata
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand.once import build_once
from lakestand.stand.services import spark

PARTS = ("bin", "jars", "python")


def ensure(settings: Settings) -> Path:
    """The folder of the installed PySpark, created if it is missing; its files are hard links where possible."""
    folder = settings.cache_dir / "spark" / f"{metadata.version('pyspark')}-{_key()}"
    return build_once(folder, lambda part: _link_parts(spark.home(), part))


def _key() -> str:
    """A hash of PySpark's jars, by name and checksum as its wheel lists them."""
    files = metadata.distribution("pyspark").read_text("RECORD") or ""
    jars = sorted(line for line in files.splitlines() if line.startswith("pyspark/jars/"))
    return hashlib.sha256("\n".join(jars).encode()).hexdigest()[:12]


def _link_parts(package: Path, folder: Path) -> None:
    for name in PARTS:
        shutil.copytree(package / name, folder / name, copy_function=_link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)
