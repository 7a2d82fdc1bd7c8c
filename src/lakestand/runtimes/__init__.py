"""Where services run. A runtime starts and stops; it never decides order."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from lakestand.service import Service


class Runtime(Protocol):
    """What Stack asks of a place to run."""

    def start(self, service: Service) -> None:
        """Start *service* unless it runs. Do not wait until it is ready."""

    def stop(self, service: Service, *, kill: bool = False) -> None:
        """Stop *service*, keep its data, and return when nothing of it is left."""

    def running(self, service: Service) -> bool:
        """False once it has exited: no use waiting for it."""

    def log(self, service: Service, lines: int = 15) -> str:
        """The last *lines* that the service wrote."""

    def log_file(self, service: Service) -> Path:
        """Where the service's output can be followed."""

    def memory_mb(self, service: Service) -> float:
        """Memory of all its processes now; PSS natively."""

    def remove(self, service: Service) -> None:
        """Delete the data of a stopped *service*."""
