"""Where a measurement was made: what a figure cannot be read without."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from lakestand.config import ROOT

MODEL = "model name"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The processor and its cores, memory in MB, system and Python, how busy it was, and which code ran.

    *load* is the mean number of running processes of the last minute when the measurement began: beside *cores* it
    says how noisy the machine was. *commit* is empty outside of a checkout.
    """

    cpu: str
    cores: int
    memory_mb: int
    system: str
    python: str
    load: float
    commit: str

    def __str__(self) -> str:
        return f"{self.cores} cores of {self.cpu}, {self.memory_mb / 1024:.0f} GB, {self.system}, Python {self.python}"


def facts() -> Machine:
    """Of this machine, now."""
    return Machine(
        cpu=_cpu(),
        cores=psutil.cpu_count() or 1,
        memory_mb=psutil.virtual_memory().total // 2**20,
        system=_system(),
        python=platform.python_version(),
        load=round(psutil.getloadavg()[0], 2),
        commit=_commit(),
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith(MODEL)]
    return named[0] if named else platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()} ({sys.platform})"


def _commit() -> str:
    argv = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(argv, check=False, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:  # no git
        return ""
