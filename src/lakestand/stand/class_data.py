"""Class-data archives of the Java services: a JVM that maps them starts in half the time.

JEP 310 and 350 of Java: a process started with -XX:ArchiveClassesAtExit writes what it loaded when it ends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from lakestand.settings import Settings
from lakestand.stand import scratch
from lakestand.stand.service import Process, Service

# Until the JVM has ended, and in nobody else's way: other builds in this folder end in .part.
PART = ".exit"


def find_missing(services: Iterable[Service]) -> list[str]:
    """Return the names of those *services* that run on Java and whose archive is not built yet."""
    return [service.name for service in services if _missing_archive(service) is not None]


def build(settings: Settings, declare: Callable[[Settings], dict[str, Service]], names: list[str]) -> list[Path]:
    """Run the services *names* once in a throw-away stand, and return the archives that their JVMs wrote at exit.

    *declare* makes the service table of the settings that the throw-away stand has.
    """
    folder = settings.cache_dir / "archives"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        lacking = [name for name in names if _missing_archive(declare(settings)[name])]
        if not lacking:
            return []
        with scratch.stand(settings, folder, lambda moved: _archiving(declare(moved)), *lacking):
            pass
        return [path.rename(path.with_suffix("")) for path in folder.glob(f"*{PART}")]


def _missing_archive(service: Service) -> Path | None:
    archive = service.process().archive
    return archive if archive and not archive.exists() else None


def _archiving(services: dict[str, Service]) -> dict[str, Service]:
    """*services*, whose Java processes write the archive that they lack when they end."""
    return {name: _archiving_service(service) for name, service in services.items()}


def _archiving_service(service: Service) -> Service:
    def process() -> Process:
        plain = service.process()
        if plain.archive is None or plain.archive.exists():
            return plain
        flag = f"-XX:ArchiveClassesAtExit={plain.archive}{PART}"
        return dataclasses.replace(plain, env={**plain.env, "JAVA_TOOL_OPTIONS": flag})

    return dataclasses.replace(service, process=process)
