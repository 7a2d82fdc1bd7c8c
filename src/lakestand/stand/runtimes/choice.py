"""Which runtime a stand is brought up on, decided once and remembered until it is taken down."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Literal

from lakestand.errors import StandError
from lakestand.settings import Settings, atomic
from lakestand.stand.runtimes.compose import docker


def settle(settings: Settings) -> Settings:
    """Return *settings* with a runtime, and remember it: the one asked for, else what `choose` says."""
    chosen = settings
    if settings.runtime == "auto":
        chosen = settings.model_copy(update={"runtime": choose(hindrance(), engine=docker.answers)})
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    atomic.write_text(settings.runtime_file, f"{chosen.runtime} {chosen.images}")
    return chosen


def choose(hindered: str, *, engine: Callable[[], bool]) -> Literal["native", "compose"]:
    """Return "native" unless it is *hindered*; then "compose", or StandError where no Docker *engine* answers."""
    if not hindered:
        return "native"
    if engine():
        return "compose"
    raise StandError(
        f"{hindered}, and no Docker engine answers: start one, and containers are used; "
        "LAKESTAND_RUNTIME=native tries it all the same"
    )


def hindrance() -> str:
    """Return why services cannot be processes of this machine, as half a sentence; empty when they can."""
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        return f"services' programs are for Linux on x86_64, this is {system} on {machine}"
    if platform.libc_ver()[0] != "glibc":
        return "services' programs need glibc, which this Linux has not (Alpine?)"
    return ""
