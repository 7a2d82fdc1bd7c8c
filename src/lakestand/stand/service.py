"""What a service is, apart from how it is run."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lakestand.probe import Probe

Setup = Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Process:
    """How to run a service as a process. It is started with its own folder as working directory.

    Attributes:
        argv: the long-running command, given the service's folder.
        setup: fills a new folder, given its path; runs again if it did not finish.
        files: configuration written into the folder before every start, name to text.
        stale: files of a former, certainly dead process that would keep a new one from starting.
        env: added to the environment.
        unprivileged: must not run as root: dropped to settings.service_user.
        archive: the class-data archive that the command reads where it exists.
    """

    argv: Callable[[Path], list[str]]
    setup: Setup | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    unprivileged: bool = False
    archive: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """One line of the stack. Its container is the entry of the same name in docker-compose.yml.

    Attributes:
        ports: what it listens on, most important first.
        ready: passes when the service does its job, by its own protocol.
        memory_mb: limit, and what `invoke up` budgets.
        needs: services that must be ready before this one starts.
        stop_signal: what asks it to end cleanly and soon.
        optional: only started when asked for by name.
        process: how to run it without Docker; called late, because it may fetch artifacts.
    """

    name: str
    title: str
    ports: tuple[int, ...]
    ready: Probe
    memory_mb: int
    process: Callable[[], Process]
    stop_signal: signal.Signals = signal.SIGTERM
    needs: tuple[str, ...] = ()
    optional: bool = False
