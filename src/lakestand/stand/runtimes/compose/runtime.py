"""Services as containers of one project of Docker Compose."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, cast

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from lakestand.errors import StandError
from lakestand.settings import Settings
from lakestand.stand.runtimes.compose import docker, project
from lakestand.stand.runtimes.compose.log import ContainerLog
from lakestand.stand.runtimes.inside import WANTED
from lakestand.stand.runtimes.ports import explain_taken
from lakestand.stand.service import Service

PROJECT, SERVICE = "com.docker.compose.project", "com.docker.compose.service"


@dataclass(frozen=True, kw_only=True)
class Compose:
    """A runtime whose containers Compose creates and `Stack` starts one by one: order and waiting are the stack's."""

    settings: Settings
    memory_is: str = "docker stats"
    _creating: Lock = field(default_factory=Lock, repr=False)

    def start(self, service: Service) -> None:
        """Start its container, creating it if it is missing; StandError when another program holds a port of it."""
        container = self._find(service) or self._created(service)
        if container.status == "running":
            return
        if taken := explain_taken(_published(container)):
            raise StandError(taken)
        self._want(service)
        try:
            container.start()
        except APIError as err:
            raise StandError(f"Docker does not start it: {err.explanation or err}") from err

    def stop(self, service: Service, *, kill: bool = False) -> None:
        """Send the signal that the Compose file gives, and SIGKILL after stop_timeout."""
        self._unwant(service)
        container = self._find(service)
        if container is None or container.status not in {"running", "paused", "restarting"}:
            return
        if kill:
            container.kill()
            container.wait(timeout=self.settings.stop_timeout)
        else:
            container.stop(timeout=int(self.settings.stop_timeout))

    def pause(self, service: Service) -> None:
        """Do as docker pause does."""
        self._existing(service).pause()

    def resume(self, service: Service) -> None:
        """Do as docker unpause does."""
        self._existing(service).unpause()

    def running(self, service: Service) -> bool:
        """Whether its container runs or is paused."""
        container = self._find(service)
        return container is not None and container.status in {"running", "paused"}

    def wanted(self, service: Service) -> bool:
        """Whether the mark is there that the exporter's container sees too."""
        return (self.settings.home / service.name / WANTED).exists()

    def log(self, service: Service) -> ContainerLog:
        """The log of its container, across restarts."""
        return ContainerLog(service.name, lambda: self._find(service))

    def listeners(self, services: Sequence[Service]) -> list[tuple[str, int]]:
        """The published ports of their containers."""
        bound = [b for s in services for b in _bindings(self._existing(s))]
        return sorted({(b["HostIp"], int(b["HostPort"])) for b in bound})

    def memory_mb(self, service: Service) -> float:
        """As docker stats counts it: without the page cache that the kernel can take back at any time."""
        container = self._find(service)
        if container is None or container.status != "running":
            return 0.0
        used = cast("dict[str, Any]", container.stats(stream=False, one_shot=True))["memory_stats"]
        return float(used.get("usage", 0) - used.get("stats", {}).get("inactive_file", 0)) / 2**20

    def remove(self, service: Service) -> None:
        """Delete its container and its volumes."""
        project.run(self.settings, "rm", "--force", "--stop", service.name)
        for volume in self._volumes(service):
            volume.remove(force=True)

    def clear(self, *, volumes: bool) -> None:
        """Do as docker compose down does: containers and network go, and volumes when asked for."""
        project.run(self.settings, "down", "--remove-orphans", *(["--volumes"] if volumes else []))
        if volumes:
            shutil.rmtree(self.settings.home, ignore_errors=True)

    def _find(self, service: Service) -> Container | None:
        labels = [f"{PROJECT}={self.settings.name}", f"{SERVICE}={service.name}"]
        try:
            containers = docker.client().containers.list(all=True, filters={"label": labels})
        except NotFound:  # removed between listing and looking
            return None
        return containers[0] if containers else None

    def _existing(self, service: Service) -> Container:
        container = self._find(service)
        if container is None:
            raise StandError(f"{service.name} has no container: invoke up --only {service.name}")
        return container

    def _created(self, service: Service) -> Container:
        with self._creating:  # two at once would create the network twice
            project.run(self.settings, "create", "--no-build", "--no-recreate", service.name)
        return self._existing(service)

    def _volumes(self, service: Service) -> list[Any]:
        wanted = f"{self.settings.name}_{service.name}"
        return [v for v in docker.client().volumes.list() if v.name == wanted]

    def _want(self, service: Service) -> None:
        folder = self.settings.home / service.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WANTED).touch()

    def _unwant(self, service: Service) -> None:
        (self.settings.home / service.name / WANTED).unlink(missing_ok=True)


def _bindings(container: Container) -> list[dict[str, str]]:
    return [b for bindings in (container.attrs["HostConfig"]["PortBindings"] or {}).values() for b in bindings or ()]


def _published(container: Container) -> list[int]:
    return [int(b["HostPort"]) for b in _bindings(container)]
