"""The class-data archive of Spark's driver: mapped classes, not parsed ones, halve the start and the first write."""

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
    """Where the archive of this Spark, this class path, this Java and this training belongs."""
    parts = (home.ensure(settings), java_home, *classpath, TRAINING.read_text())
    key = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:12]
    return settings.cache_dir / "archives" / f"spark-driver-{key}.jsa"


def ensure(settings: Settings, classpath: Sequence[Path], java_home: Path) -> Path | None:
    """The archive, made when it is not there; None where it cannot be made: a session is only slower without it."""
    wanted = archive_path(settings, classpath, java_home)
    if wanted.exists():
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{wanted}.lock"):
        if not wanted.exists():
            _train(classpath, java_home, wanted)
    return wanted if wanted.exists() else None


def _train(classpath: Sequence[Path], java_home: Path, wanted: Path) -> None:
    part = wanted.with_suffix(".part")
    part.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "lakestand.spark.training", str(part), str(java_home), *map(str, classpath)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode == 0 and part.exists():
        part.rename(wanted)
    else:
        cause = done.stderr.strip().rpartition("\n")[2]
        logger.warning("no class-data archive of Spark's driver, sessions start slower: %s", cause)
