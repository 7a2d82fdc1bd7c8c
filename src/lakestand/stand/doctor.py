"""What this machine has and lacks for a stand, and the one command that helps."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from lakestand.errors import LakestandError
from lakestand.settings import Settings
from lakestand.stand import artifacts, privileges
from lakestand.stand.runtimes import choice
from lakestand.stand.runtimes.ports import explain_taken
from lakestand.stand.stack import Stack

# Measured: 1.4 GB of artifacts and archives; 1.5 GB of data after the full demo.
DISK_GB = 4
MEMORY_GB = 3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: the thing, such as "memory".
        found: what was found, such as "7.1 GB available".
        remedy: the command or action that helps; empty when all is well.
    """

    what: str
    found: str
    remedy: str = ""


def examine(settings: Settings, stack: Stack) -> list[Finding]:
    """Look at everything that a bring-up will ask of this machine, and return a finding for each thing."""
    return [
        *_platform(settings),
        _room("disk for artifacts", settings.cache_dir),
        _room("disk for data", settings.state_dir),
        _memory(stack),
        *_ports(stack),
        *(_tried(what, look) for what, look in _programs(settings, stack).items()),
    ]


def _platform(settings: Settings) -> Iterator[Finding]:
    hindered = "" if settings.runtime == "compose" else choice.hindrance()
    remedy = f"LAKESTAND_RUNTIME=compose invoke up   # {hindered}" if hindered else ""
    yield Finding("platform", f"{platform.system()} {platform.machine()}", remedy)
    python = platform.python_version()
    yield Finding("Python", python, "" if sys.version_info >= (3, 11) else "use Python 3.11 or later")
    who = "root" if privileges.is_root() else "ordinary user"
    lacks = privileges.is_root() and not shutil.which("setpriv")
    yield Finding("user", who, "apt-get install util-linux   # setpriv" if lacks else "")


def _room(what: str, folder: Path) -> Finding:
    existing = next(p for p in [folder.absolute(), *folder.absolute().parents] if p.exists())
    free = shutil.disk_usage(existing).free / 2**30
    return Finding(what, f"{free:.0f} GB free at {existing}", "" if free > DISK_GB else f"free {DISK_GB} GB there")


def _memory(stack: Stack) -> Finding:
    used = sum(stack.runtime.memory_mb(s) for s in stack.services.values()) / 1024
    free = psutil.virtual_memory().available / 2**30 + used
    remedy = "" if free > MEMORY_GB else f"free {MEMORY_GB} GB, or start less: invoke up --only postgres"
    return Finding("memory", f"{free:.1f} GB available", remedy)


def _ports(stack: Stack) -> Iterator[Finding]:
    stopped = [s for s in stack.services.values() if not stack.runtime.running(s)]
    taken = [why for s in stopped if (why := explain_taken(s.ports))]
    for why in taken:
        yield Finding("port", why.partition(";")[0], "LAKESTAND_PORT_OFFSET=10000 invoke up")
    if not taken:
        count = sum(len(s.ports) for s in stopped)
        yield Finding("ports", f"all {count} of services that are stopped are free")


def _programs(settings: Settings, stack: Stack) -> dict[str, Callable[[], object]]:
    if settings.runtime == "compose":
        from lakestand.stand.runtimes.compose import docker, project  # noqa: PLC0415  Docker's client is slow to import

        names = [service.name for service in stack.select()]
        return {
            "Docker engine": docker.version,
            "Docker Compose": docker.compose,
            "images": lambda: (
                f"{len(names) - len(project.find_missing_images(settings, names))} of {len(names)} are there"
            ),
        }
    return {
        "Java": lambda: artifacts.java(settings),
        "MySQL's libraries": lambda: ", ".join(map(str, artifacts.libraries(settings))) or "the system's",
        "Alertmanager": lambda: artifacts.binary("alertmanager", settings),
        "artifacts": lambda: artifacts.summarize(settings),
    }


def _tried(what: str, look: Callable[[], object]) -> Finding:
    try:
        return Finding(what, str(look()))
    except LakestandError as err:
        return Finding(what, "missing", str(err))
