"""Services as detached processes, each in a folder of its own; needs no Docker."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lakestand import probe
from lakestand.errors import NotReady, StandError
from lakestand.stand import privileges
from lakestand.stand.runtimes import home
from lakestand.stand.runtimes.group import Group, record
from lakestand.stand.runtimes.logs import LogFile
from lakestand.stand.runtimes.ports import explain_taken, listeners
from lakestand.stand.service import Process, Service

PORTS = "ports"
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Native:
    """A runtime that keeps each service in root/<name>: its files, its data, its log and its process id.

    Attributes:
        user: whom services run as that refuse to run as root.
        stop_timeout: how many seconds a service may take to end before it gets SIGKILL.
    """

    root: Path
    user: str = "nobody"
    stop_timeout: float = 10.0
    memory_is: str = "PSS"

    def start(self, service: Service) -> None:
        """Start one process group; StandError when its ports are taken, or when it runs at other ports already."""
        if self.running(service):
            self._refuse_to_move(service)
            return
        if taken := explain_taken(service.ports):
            raise StandError(taken)
        process = service.process()
        folder = self._home(service)
        home.prepare(folder, process)
        if process.unprivileged:
            privileges.change_owner(folder, self.user)
        self._spawn(service, process, folder)

    def stop(self, service: Service, *, kill: bool = False) -> None:
        """Ask the leader to end, then end the whole group."""
        group = Group.read(self._pid_file(service))
        if group is not None:
            group.stop(signal.SIGKILL if kill else service.stop_signal, self.stop_timeout)
            # A killed leader is a zombie while its other threads still close their sockets.
            with contextlib.suppress(NotReady):
                probe.until(lambda: not explain_taken(service.ports), self.stop_timeout, "free ports")
        self._pid_file(service).unlink(missing_ok=True)

    def running(self, service: Service) -> bool:
        """Whether the process that we started is there."""
        group = Group.read(self._pid_file(service))
        return group is not None and group.alive()

    def pause(self, service: Service) -> None:
        """Send SIGSTOP to all processes of the group."""
        self._signal(service, signal.SIGSTOP)

    def resume(self, service: Service) -> None:
        """Send SIGCONT to all processes of the group."""
        self._signal(service, signal.SIGCONT)

    def wanted(self, service: Service) -> bool:
        """Whether the file with its process id is there, which `stop` removes."""
        return self._pid_file(service).exists()

    def log(self, service: Service) -> LogFile:
        """The file root/<name>/log; log.1 beside it is that of the start before."""
        return LogFile(self._home(service) / "log")

    def listeners(self, services: Sequence[Service]) -> list[tuple[str, int]]:
        """The sockets of all processes of their groups."""
        groups = [Group.read(self._pid_file(service)) for service in services]
        return listeners(p.pid for group in groups if group for p in group.members())

    def memory_mb(self, service: Service) -> float:
        """The PSS of the whole process group, in MB."""
        group = Group.read(self._pid_file(service))
        return group.pss_mb() if group else 0.0

    def remove(self, service: Service) -> None:
        """Delete root/<name>."""
        shutil.rmtree(self._home(service), ignore_errors=True)

    def clear(self, *, volumes: bool) -> None:
        """Delete the root when *volumes*: nothing else is left of stopped processes."""
        if volumes:
            shutil.rmtree(self.root, ignore_errors=True)

    def _signal(self, service: Service, how: signal.Signals) -> None:
        group = Group.read(self._pid_file(service))
        for process in group.members() if group else ():
            process.send_signal(how)

    def _refuse_to_move(self, service: Service) -> None:
        """Refuse to wait for a running service at ports where it is not: that takes minutes and explains nothing."""
        file = self._home(service) / PORTS
        has, wanted = file.read_text() if file.exists() else "", _ports(service)
        if has and has != wanted:
            raise StandError(
                f"{service.name} runs at port {has}, the settings now say {wanted}: LAKESTAND_PORT_OFFSET or a port "
                "was changed since it was started; change it back, or stop the stand first: invoke down"
            )

    def _home(self, service: Service) -> Path:
        return self.root / service.name

    def _pid_file(self, service: Service) -> Path:
        return self._home(service) / "pid"

    def _spawn(self, service: Service, process: Process, folder: Path) -> None:
        log = self.log(service).path
        if log.exists():
            log.replace(log.with_name("log.1"))
        drop = privileges.command_prefix(self.user) if process.unprivileged else []
        # env --chdir: posix_spawn knows no working directory, and Popen would own a child that outlives us.
        argv = ["env", f"--chdir={folder}", *drop, *process.argv(folder)]
        stdio = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        pid = os.posix_spawnp(argv[0], argv, home.process_environment(process), file_actions=stdio, setsid=True)
        logger.debug("%s: process %d in %s", service.name, pid, folder)
        record(self._pid_file(service), pid)
        (folder / PORTS).write_text(_ports(service))


def _ports(service: Service) -> str:
    return ", ".join(map(str, service.ports))
