"""What the exporter sees of other services from inside its container: who was started, nothing of their processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lakestand.stand.service import Service

# The name of an empty file in a service's folder: somebody started it, and nobody has stopped it since.
WANTED = "wanted"


@dataclass(frozen=True)
class Inside:
    """An observer that reads the marks which the Compose runtime leaves in *root*, mounted into the container."""

    root: Path

    def running(self, service: Service) -> bool:
        """As `wanted`: nothing else can be seen from here, and whether a service answers is for its probe."""
        return self.wanted(service)

    def wanted(self, service: Service) -> bool:
        """Whether the mark of *service* is there."""
        return (self.root / service.name / WANTED).exists()
