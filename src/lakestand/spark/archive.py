"""The class-data archive of Spark's driver: mapping classes, not parsing them, halves the start and the first write."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.spark import home
from lakestand.stand.once import build_once

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
    try:
        return build_once(archive, lambda part: _train(classpath, java_home, part))
    except ArtifactError as err:
        logger.warning("no class-data archive of Spark's driver, sessions start slower: %s", err)
        return None


def _train(classpath: Sequence[Path], java_home: Path, archive: Path) -> None:
    argv = [sys.executable, "-m", "lakestand.spark.training", str(archive), str(java_home), *map(str, classpath)]
    training = subprocess.run(argv, check=False, capture_output=True, text=True)
    if training.returncode or not archive.exists():
        raise ArtifactError(training.stderr.strip().rpartition("\n")[2])
