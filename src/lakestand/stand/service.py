"""What a service is, whatever runtime runs it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lakestand.probe import Probe

Setup = Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Process:
    """How to run a service as a process, in a folder of its own, which is its working directory.

    Attributes:
        argv: returns the command, which runs until the service is stopped, for the service's folder.
        setup: fills a new folder; called again, with an empty folder, if it did not finish.
        files: configuration to write into the folder before every start, file name → text.
        stale: files of an earlier process, certainly dead, that would keep a new one from starting.
        recover: puts in order, before every start, what an earlier process left in the services it needs.
        env: variables to add to the environment.
        unprivileged: whether the program refuses to run as root, and runs as settings.service_user instead.
        archive: the class-data archive that the command reads where it exists.
    """

    argv: Callable[[Path], list[str]]
    setup: Setup | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    recover: Callable[[], None] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    unprivileged: bool = False
    archive: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service of a stand, as data. Its container is the entry of the same name in docker-compose.yml.

    Attributes:
        ports: all that it listens on, the most important one first.
        ready: a probe that passes when the service does its job, asked by its own protocol.
        memory_mb: the limit of its container, and what a stand's memory is planned with.
        process: returns how to run it without Docker; called only then, for it may fetch artifacts.
        stop_signal: asks it to end cleanly and soon.
        needs: names of services that must be ready before this one starts.
        optional: whether it is started only when it is asked for by name.
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
