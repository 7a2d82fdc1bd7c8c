"""Which runtime a stand is brought up on, decided once and remembered until it is taken down."""

from __future__ import annotations

import os

from lakestand.settings import Settings
from lakestand.stand.runtimes.compose import docker


def settle(settings: Settings) -> Settings:
    """*settings* with a runtime: Docker Compose where an engine answers, unless one was asked for."""
    chosen = settings
    if settings.runtime == "auto":
        chosen = settings.model_copy(update={"runtime": "compose" if docker.answers() else "native"})
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    # Written whole and renamed: somebody may be reading it.
    part = settings.runtime_file.with_name(f"{settings.runtime_file.name}.{os.getpid()}")
    part.write_text(f"{chosen.runtime} {chosen.images}")
    part.replace(settings.runtime_file)
    return chosen
