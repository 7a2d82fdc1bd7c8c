"""Where a measurement was made: what a figure cannot be read without."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from lakestand.stand.configs import ROOT

MODEL = "model name"
# Of the loop that tells how fast the processor is just now; the best of so many times.
STEPS, TIMES = 1_000_000, 5


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The processor and its cores, memory in MB, system and Python, how busy and how fast it was, and which code ran.

    *load* is the mean number of running processes of the last minute when the measurement began: beside *cores* it
    says how noisy the machine was. *loop_ms* is the processor time of a fixed loop: a shared machine can be half as
    fast as it was an hour before, and no load shows it; 0 where it was not measured. *commit* is empty outside of a
    checkout.
    """

    cpu: str
    cores: int
    memory_mb: int
    system: str
    python: str
    load: float
    commit: str
    loop_ms: float = 0

    def __str__(self) -> str:
        return f"{self.cores} cores of {self.cpu}, {self.memory_mb / 1024:.0f} GB, {self.system}, Python {self.python}"


def inspect_machine() -> Machine:
    """Of this machine, now."""
    return Machine(
        cpu=_cpu(),
        cores=psutil.cpu_count() or 1,
        memory_mb=psutil.virtual_memory().total // 2**20,
        system=_system(),
        python=platform.python_version(),
        load=round(psutil.getloadavg()[0], 2),
        commit=_commit(),
        loop_ms=round(min(_loop_ms() for _ in range(TIMES)), 1),
    )


def _loop_ms() -> float:
    began = time.process_time()
    for _ in range(STEPS):
        pass
    return (time.process_time() - began) * 1000


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
