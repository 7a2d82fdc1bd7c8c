"""Which runtime a stand is brought up on, decided once and remembered until it is taken down."""

from __future__ import annotations

from lakestand.settings import Settings, atomic
from lakestand.stand.runtimes.compose import docker


def settle(settings: Settings) -> Settings:
    """*settings* with a runtime: Docker Compose where an engine answers, unless one was asked for."""
    chosen = settings
    if settings.runtime == "auto":
        chosen = settings.model_copy(update={"runtime": "compose" if docker.answers() else "native"})
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    atomic.write_text(settings.runtime_file, f"{chosen.runtime} {chosen.images}")
    return chosen
