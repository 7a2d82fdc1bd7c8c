"""Where services run: as processes, on Docker Compose, or inside a container.

A runtime starts and stops; it never decides order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from lakestand.stand.service import Service


class Runtime(Protocol):
    """What Stack asks of a place to run."""

    @property
    def memory_is(self) -> str:
        """What `memory_mb` counts, in the words of a table's head."""

    def start(self, service: Service) -> None:
        """Start *service* unless it runs. Do not wait until it is ready."""

    def stop(self, service: Service, *, kill: bool = False) -> None:
        """Stop *service*, keep its data, and return when nothing of it is left running."""

    def pause(self, service: Service) -> None:
        """Let all processes of *service* stand still."""

    def resume(self, service: Service) -> None:
        """Let them go on."""

    def running(self, service: Service) -> bool:
        """False once it has exited: no use waiting for it."""

    def wanted(self, service: Service) -> bool:
        """Whether somebody started it and nobody stopped it since, alive or not."""

    def log(self, service: Service, lines: int = 15, *, after: float = 0) -> str:
        """The last *lines* that the service wrote, of those after the mark *after*."""

    def mark(self, service: Service) -> float:
        """Where its log ends now, for `log`."""

    def follow(self, service: Service) -> Iterator[str]:
        """What it writes from now on, until the caller ends it."""

    def listeners(self, services: Sequence[Service]) -> list[tuple[str, int]]:
        """(address, port) of every TCP socket on which this machine reaches *services*."""

    def memory_mb(self, service: Service) -> float:
        """Memory of all its processes now; 0 when it does not run."""

    def remove(self, service: Service) -> None:
        """Delete the data of a stopped *service*."""

    def clear(self, *, volumes: bool) -> None:
        """Remove what is left of the stopped stand; its data too when *volumes*."""
