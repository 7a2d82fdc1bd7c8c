"""The machine that a measurement was made on: nobody can judge a figure without it."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from lakestand.stand import configs

MODEL = "model name"
# The loop that shows how fast the processor is just now: so many steps, the fastest of so many times.
STEPS, TIMES = 1_000_000, 5


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine, how busy and how fast it was when the measurement began, and which code ran on it.

    Attributes:
        cpu: the processor's model.
        cores: how many of them, hyper-threads counted.
        memory_mb: memory in MB.
        system: the operating system's name and version.
        python: Python's version.
        load: the mean number of running processes of the last minute; above *cores*, the machine was too busy.
        commit: the commit of the checkout, "-dirty" behind it where files were changed; empty outside of a checkout.
        loop_ms: processor time of a fixed loop in milliseconds. A shared machine can be half as fast as it was an hour
            before, and no load shows it. 0 where it was not measured.
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
    """Return what this machine is and how busy it is now; takes a tenth of a second."""
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
    if configs.IN_WHEEL.exists():
        return ""  # a repository around it is somebody else's
    argv = ["git", "-C", str(configs.FOLDER), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(argv, check=False, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:  # no git
        return ""
