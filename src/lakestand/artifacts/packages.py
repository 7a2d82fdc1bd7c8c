"""What only the distribution has: its package, unpacked into the cache, without root and without installing."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from lakestand import privileges
from lakestand.errors import ArtifactError
from lakestand.settings import Settings

# A library's package has been renamed between releases: the first that can be had is taken.
LIBAIO = ("libaio1", "libaio1t64")


def libaio(settings: Settings) -> Path | None:
    """The folder with libaio.so.1 for LD_LIBRARY_PATH; None when the system has it."""
    try:
        ctypes.CDLL("libaio.so.1")
    except OSError:
        found = next(_unpacked("libaio", LIBAIO, settings).rglob("libaio.so.1*"))
        link = found.with_name("libaio.so.1")
        if not link.exists():
            link.symlink_to(found.name)
        return found.parent
    return None


def program(name: str, settings: Settings) -> Path:
    """A program of the distribution's package of the same name, on PATH or unpacked."""
    if found := shutil.which(name):
        return Path(found)
    return _unpacked(name, (name,), settings) / "usr" / "bin" / name


def _unpacked(name: str, packages: tuple[str, ...], settings: Settings) -> Path:
    home = settings.cache_dir / "packages" / name
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{home}.lock"), tempfile.TemporaryDirectory(dir=home.parent) as scratch:
            if not home.exists():
                _fetch(packages, Path(scratch))
                (Path(scratch) / "root").replace(home)
    return home


def _fetch(packages: tuple[str, ...], scratch: Path) -> None:
    """apt checks what it downloads against the distribution's signed lists."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise ArtifactError(f"no apt-get here: install {packages[0]} with this system's package manager")
    if not _download(packages, scratch) and privileges.is_root():
        subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
        _download(packages, scratch)
    found = sorted(scratch.glob("*.deb"))
    if not found:
        raise ArtifactError(f"apt-get cannot download {' or '.join(packages)}: sudo apt-get update, then try again")
    subprocess.run(["dpkg", "-x", str(found[0]), str(scratch / "root")], check=True, capture_output=True)


def _download(packages: tuple[str, ...], scratch: Path) -> bool:
    # Unsandboxed: apt's own user could not write into our folder, and would warn about it.
    argv = ["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root"]
    return any(
        subprocess.run([*argv, p], check=False, capture_output=True, cwd=scratch, env=_plain()).returncode == 0
        for p in packages
    )


def _plain() -> dict[str, str]:
    return os.environ | {"LC_ALL": "C"}
