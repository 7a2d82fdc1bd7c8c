"""Compiling our Java sources with Eclipse's compiler: a Java runtime has no javac."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.once import build_once

EPOCH = (1980, 1, 1, 0, 0, 0)


def compile_java(
    source: Path, classpath: Sequence[Path], java: Path, ecj: Path, settings: Settings, *, provides: str = ""
) -> Path:
    """Return a jar with the classes of *source*, in the cache under a name made from the source's content.

    The class of *source* is in the package dev.lakestand, and implements the service interface *provides* if there is
    one. A folder's classes are compiled together, with those in the folder above it. They import from *classpath*, and
    are compiled by *ecj*, a jar that the program *java* runs.

    Raises:
        ArtifactError: with the compiler's messages.
    """
    files = sorted([*source.parent.glob("*.java"), *source.glob("*.java")]) if source.is_dir() else [source]
    content = b"".join(file.read_bytes() for file in files)
    key = hashlib.sha256(content + "".join(map(str, classpath)).encode()).hexdigest()[:12]
    path = ":".join(map(str, classpath))

    def build(jar: Path) -> None:
        with tempfile.TemporaryDirectory(dir=jar.parent) as classes:
            argv = [str(java), "-jar", str(ecj), "-17", "-nowarn", "-d", classes, "-cp", path, *map(str, files)]
            compiler = subprocess.run(argv, check=False, capture_output=True, text=True)
            if compiler.returncode:
                raise ArtifactError(f"{source.name} does not compile: {compiler.stderr[-400:]}")
            if provides:
                services = Path(classes, "META-INF", "services")
                services.mkdir(parents=True)
                (services / provides).write_text(f"dev.lakestand.{source.stem}\n")
            _pack(Path(classes), jar)

    return build_once(settings.cache_dir / "compiled" / f"{source.stem}-{key}.jar", build)


def _pack(folder: Path, jar: Path) -> None:
    with zipfile.ZipFile(jar, "w") as file:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            file.writestr(zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH), path.read_bytes())
