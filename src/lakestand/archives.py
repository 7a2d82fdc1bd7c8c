"""Class-data archives of the Java services: a JVM that maps them starts in half the time.

JEP 310 and 350: a process started with -XX:ArchiveClassesAtExit writes what it loaded when it ends.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from lakestand.runtimes.native import Native
from lakestand.runtimes.ports import free_offset
from lakestand.service import Process, Service
from lakestand.services.minio import GRPC
from lakestand.settings import Settings, ports
from lakestand.stack import Stack

# Written at exit: on a busy machine a large archive takes a while.
EXIT_SECONDS = 60.0
TRAINING_SECONDS = 600.0


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
        scratch = settings.model_copy(update={"name": f"training-{os.getpid()}", "state_dir": folder})
        moved = _elsewhere(scratch)
        services = {n: _writing(s) for n, s in declare(moved).items()}
        native = Native(root=moved.home, user=settings.service_user, stop_timeout=EXIT_SECONDS)
        # Once on a machine, and beside whatever else it does.
        stack = Stack(services=services, runtime=native, start_timeout=TRAINING_SECONDS)
        try:
            stack.up(*todo)
        finally:
            stack.down()
            shutil.rmtree(moved.home, ignore_errors=True)
        return [_keep(path) for path in folder.glob("*.part")]


def _wanted(service: Service) -> Path | None:
    archive = service.process().archive
    return archive if archive and not archive.exists() else None


def _writing(service: Service) -> Service:
    def process() -> Process:
        plain = service.process()
        if plain.archive is None or plain.archive.exists():
            return plain
        flag = f"-XX:ArchiveClassesAtExit={plain.archive}.part"
        return dataclasses.replace(plain, env={**plain.env, "JAVA_TOOL_OPTIONS": flag})

    return dataclasses.replace(service, process=process)


def _elsewhere(settings: Settings) -> Settings:
    now = {name: getattr(settings, name) for name in ports()}
    offset = free_offset([*now.values(), *(port + GRPC for port in now.values())])
    return settings.model_copy(update={name: port + offset for name, port in now.items()})


def _keep(part: Path) -> Path:
    return part.rename(part.with_suffix(""))
