"""The class-data archive of Spark's driver: mapping classes, not parsing them, halves the start and the first write."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from lakestand.settings import Settings
from lakestand.spark import home

logger = logging.getLogger(__name__)

TRAINING = Path(__file__).with_name("training.py")


def archive_path(settings: Settings, classpath: Sequence[Path], java_home: Path) -> Path:
    """The path of the archive for this Spark, class path, Java and training program, whether or not it exists."""
    parts = (home.ensure(settings), java_home, *classpath, TRAINING.read_text())
    key = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:12]
    return settings.cache_dir / "archives" / f"spark-driver-{key}.jsa"


def ensure(settings: Settings, classpath: Sequence[Path], java_home: Path) -> Path | None:
    """The path of the archive, created if it is missing; None when that fails: without it a session is only slower."""
    archive = archive_path(settings, classpath, java_home)
    if archive.exists():
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{archive}.lock"):
        if not archive.exists():
            _train(classpath, java_home, archive)
    return archive if archive.exists() else None


def _train(classpath: Sequence[Path], java_home: Path, archive: Path) -> None:
    part = archive.with_suffix(".part")
    part.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "lakestand.spark.training", str(part), str(java_home), *map(str, classpath)]
    training = subprocess.run(argv, check=False, capture_output=True, text=True)
    if training.returncode == 0 and part.exists():
        part.rename(archive)
    else:
        cause = training.stderr.strip().rpartition("\n")[2]
        logger.warning("no class-data archive of Spark's driver, sessions start slower: %s", cause)
