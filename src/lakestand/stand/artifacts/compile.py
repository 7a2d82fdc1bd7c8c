"""Compiling our Java sources with Eclipse's compiler: a JRE has no javac."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lakestand.errors import ArtifactError
from lakestand.settings import Settings

EPOCH = (1980, 1, 1, 0, 0, 0)


def compile_java(
    source: Path, classpath: Sequence[Path], java: Path, ecj: Path, settings: Settings, *, provides: str = ""
) -> Path:
    """A jar of *source*'s classes in the cache, named by the source's content.

    *provides* is a service interface that the source's class, in package dev.lakestand, implements.
    """
    key = hashlib.sha256(source.read_bytes() + "".join(map(str, classpath)).encode()).hexdigest()[:12]
    jar = settings.cache_dir / "compiled" / f"{source.stem}-{key}.jar"
    if not jar.exists():
        jar.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=jar.parent) as scratch:
            path = ":".join(map(str, classpath))
            argv = [str(java), "-jar", str(ecj), "-21", "-nowarn", "-d", scratch, "-cp", path, str(source)]
            done = subprocess.run(argv, check=False, capture_output=True, text=True)
            if done.returncode:
                raise ArtifactError(f"{source.name} does not compile: {done.stderr[-400:]}")
            if provides:
                services = Path(scratch, "META-INF", "services")
                services.mkdir(parents=True)
                (services / provides).write_text(f"dev.lakestand.{source.stem}\n")
            _pack(Path(scratch), jar)
    return jar


def _pack(folder: Path, jar: Path) -> None:
    part = jar.with_name(f"{jar.name}.{os.getpid()}")
    with zipfile.ZipFile(part, "w") as file:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            file.writestr(zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH), path.read_bytes())
    part.replace(jar)
