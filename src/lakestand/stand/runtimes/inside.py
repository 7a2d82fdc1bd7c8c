"""What a service sees of the others from inside its container: who was started, and nothing of their processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Never

from lakestand.errors import Refused
from lakestand.stand.service import Service

# Beside the name of a service: somebody started it, and nobody stopped it since.
WANTED = "wanted"


@dataclass(frozen=True)
class Inside:
    """Reads the marks that the Compose runtime leaves in *root*, which the exporter's container has as a mount."""

    root: Path
    memory_is: str = "not seen from here"

    def running(self, service: Service) -> bool:
        """As far as can be seen: whether it answers is its probe's matter."""
        return self.wanted(service)

    def wanted(self, service: Service) -> bool:
        """Whether the mark is there."""
        return (self.root / service.name / WANTED).exists()

    def start(self, service: Service) -> None:
        """Not from here."""
        _refuse(service)

    def stop(self, service: Service, *, kill: bool = False) -> None:  # noqa: ARG002
        """Not from here."""
        _refuse(service)

    def pause(self, service: Service) -> None:
        """Not from here."""
        _refuse(service)

    def resume(self, service: Service) -> None:
        """Not from here."""
        _refuse(service)

    def remove(self, service: Service) -> None:
        """Not from here."""
        _refuse(service)

    def clear(self, *, volumes: bool) -> None:
        """Nothing is left in here."""

    def log(self, service: Service, lines: int = 15, *, after: float = 0) -> str:  # noqa: ARG002
        """Nothing is seen of it."""
        return ""

    def mark(self, service: Service) -> float:  # noqa: ARG002
        """Nothing is seen of it."""
        return 0.0

    def follow(self, service: Service) -> Iterator[str]:
        """Nothing is seen of it."""
        _refuse(service)

    def listeners(self, services: Sequence[Service]) -> list[tuple[str, int]]:  # noqa: ARG002
        """None of them is on this machine."""
        return []

    def memory_mb(self, service: Service) -> float:  # noqa: ARG002
        """Nothing is seen of it."""
        return 0.0


def _refuse(service: Service) -> Never:
    raise Refused(f"{service.name} is another container's: ask lakestand outside")
