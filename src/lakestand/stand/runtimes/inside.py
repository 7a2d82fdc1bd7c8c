"""What a service sees of the others from inside its container: who was started, and nothing of their processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lakestand.stand.service import Service

# The name of an empty file in a service's folder: somebody started it, and nobody has stopped it since.
WANTED = "wanted"


@dataclass(frozen=True)
class Inside:
    """An observer that reads the marks of the Compose runtime in *root*, a mount of the exporter's container."""

    root: Path

    def running(self, service: Service) -> bool:
        """As `wanted`: nothing else can be seen, and whether a service answers is its probe's matter."""
        return self.wanted(service)

    def wanted(self, service: Service) -> bool:
        """Whether the mark of *service* is there."""
        return (self.root / service.name / WANTED).exists()
