"""Programs and libraries of the distribution's packages, unpacked into the cache without root and not installed."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand import privileges
from lakestand.stand.once import build_once

# What MySQL needs that a small system lacks, with its packages: the first that can be had is taken, for they have been
# renamed between releases.
LIBRARIES = {"libaio.so.1": ("libaio1", "libaio1t64"), "libnuma.so.1": ("libnuma1",)}
# Unsandboxed: apt's own user could not write into our folder, and would warn about it.
OPTIONS = (
    "-q",
    "-o",
    "APT::Sandbox::User=root",
    "-o",
    "Acquire::Retries=2",
    "-o",
    "Acquire::http::Timeout=20",
)


def libraries(settings: Settings) -> list[Path]:
    """Return the folders, for LD_LIBRARY_PATH, of those of MySQL's LIBRARIES that the system lacks."""
    return [link_library(_unpacked(packages[0], packages, settings), name) for name, packages in _lacking().items()]


def _lacking() -> dict[str, tuple[str, ...]]:
    return {name: packages for name, packages in LIBRARIES.items() if not _loads(name)}


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def link_library(home: Path, name: str) -> Path:
    """Return the folder below *home* with the library *name*, after linking that name to the one of newer releases."""
    library = next(iter(sorted(home.rglob(f"{name}*"))), None)
    if library is None:
        raise ArtifactError(f"no {name} in {home}: rm -r '{home}', then try again")
    link = library.with_name(name)
    if not link.exists():
        link.symlink_to(library.name)
    return library.parent


def mariadb(settings: Settings) -> tuple[Path, Path]:
    """Return MariaDB's base folder (bin, sbin and share are below it), and the folder of a library that it needs."""
    ring = _unpacked("liburing2", ("liburing2",), settings)
    return _unpacked("mariadb", ("mariadb-server-core", "mariadb-server-core-10.6"), settings) / "usr", _library(ring)


def _library(home: Path) -> Path:
    return next(iter(sorted(home.rglob("*.so.*")))).parent


def program(name: str, settings: Settings) -> Path:
    """Return a program that the distribution's package of the same name has: on PATH, or unpacked."""
    if on_path := shutil.which(name):
        return Path(on_path)
    return _unpacked(name, (name,), settings) / "usr" / "bin" / name


def _unpacked(name: str, packages: tuple[str, ...], settings: Settings) -> Path:
    return build_once(settings.cache_dir / "packages" / name, lambda home: _unpack(packages, home))


def _unpack(packages: tuple[str, ...], home: Path) -> None:
    """Unpack the first of *packages* that can be had into the new folder *home*."""
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        package = _download_first(packages, Path(scratch))
        if not _run(["dpkg", "-x", str(package), str(home)], Path(scratch)):
            raise ArtifactError(f"dpkg cannot unpack {package.name}: is the disk of {home.parent} full?")


def _download_first(packages: tuple[str, ...], scratch: Path) -> Path:
    # No sums of ours: apt checks what it downloads against the distribution's signed lists.
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise ArtifactError(f"no apt-get here: install {packages[0]} with this system's package manager")
    if not _download(packages, scratch) and privileges.is_root():
        _run(["apt-get", "update", *OPTIONS], scratch)
        _download(packages, scratch)
    downloaded = sorted(scratch.glob("*.deb"))
    if not downloaded:
        names = " or ".join(packages)
        raise ArtifactError(f"apt-get cannot download {names}: sudo apt-get update, then try again")
    return downloaded[0]


def _download(packages: tuple[str, ...], scratch: Path) -> bool:
    return any(_run(["apt-get", "download", *OPTIONS, p], scratch) for p in packages)


def _run(argv: list[str], folder: Path) -> bool:
    environ = os.environ | {"LC_ALL": "C"}
    return subprocess.run(argv, check=False, capture_output=True, cwd=folder, env=environ).returncode == 0
