"""Class-data archives of the Java services: a JVM that maps them starts in half the time.

JEP 310 and 350: a process started with -XX:ArchiveClassesAtExit writes what it loaded when it ends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from lakestand.settings import Settings
from lakestand.stand import scratch
from lakestand.stand.service import Process, Service


def missing(services: Iterable[Service]) -> list[str]:
    """Names of those Java *services* whose archive is not built yet."""
    return [service.name for service in services if _wanted(service) is not None]


def build(settings: Settings, declare: Callable[[Settings], dict[str, Service]], names: list[str]) -> list[Path]:
    """Run *names* once in a throw-away stand and keep what their JVMs write at exit."""
    folder = settings.cache_dir / "archives"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        todo = [n for n in names if _wanted(declare(settings)[n])]
        if not todo:
            return []
        with scratch.stand(settings, folder, lambda moved: _all_writing(declare(moved)), *todo):
            pass
        return [_keep(path) for path in folder.glob("*.part")]


def _wanted(service: Service) -> Path | None:
    archive = service.process().archive
    return archive if archive and not archive.exists() else None


def _all_writing(services: dict[str, Service]) -> dict[str, Service]:
    return {name: _writing(service) for name, service in services.items()}


def _writing(service: Service) -> Service:
    def process() -> Process:
        plain = service.process()
        if plain.archive is None or plain.archive.exists():
            return plain
        flag = f"-XX:ArchiveClassesAtExit={plain.archive}.part"
        return dataclasses.replace(plain, env={**plain.env, "JAVA_TOOL_OPTIONS": flag})

    return dataclasses.replace(service, process=process)


def _keep(part: Path) -> Path:
    return part.rename(part.with_suffix(""))
