"""Services as detached processes under one folder, no Docker needed."""

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
from lakestand.stand.runtimes import group, home
from lakestand.stand.runtimes.group import Group
from lakestand.stand.runtimes.logs import LogFile
from lakestand.stand.runtimes.ports import explain_taken, listeners
from lakestand.stand.service import Process, Service

PORTS = "ports"
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Native:
    """Keeps each service in root/<name>: its files, its data, its log, its process id."""

    root: Path
    user: str = "nobody"
    stop_timeout: float = 10.0
    memory_is: str = "PSS"

    def start(self, service: Service) -> None:
        """Start one process group; StandError when a stranger holds one of its ports, or when it runs on others."""
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
        """Ask the leader to end, then insist on the whole group."""
        found = Group.read(self._pid_file(service))
        if found is not None:
            found.stop(signal.SIGKILL if kill else service.stop_signal, self.stop_timeout)
            # A killed leader is a zombie while its other threads still close their sockets.
            with contextlib.suppress(NotReady):
                probe.until(lambda: not explain_taken(service.ports), self.stop_timeout, "free ports")
        self._pid_file(service).unlink(missing_ok=True)

    def running(self, service: Service) -> bool:
        """Whether the process that we started is there."""
        found = Group.read(self._pid_file(service))
        return found is not None and found.alive()

    def pause(self, service: Service) -> None:
        """SIGSTOP to all of the group."""
        self._signal(service, signal.SIGSTOP)

    def resume(self, service: Service) -> None:
        """SIGCONT to all of the group."""
        self._signal(service, signal.SIGCONT)

    def wanted(self, service: Service) -> bool:
        """Whether its process id is kept."""
        return self._pid_file(service).exists()

    def log(self, service: Service) -> LogFile:
        """The file root/<name>/log; log.1 beside it is that of the start before."""
        return LogFile(self._home(service) / "log")

    def listeners(self, services: Sequence[Service]) -> list[tuple[str, int]]:
        """Those of all members of their groups."""
        found = [Group.read(self._pid_file(service)) for service in services]
        return listeners(p.pid for group in found if group for p in group.members())

    def memory_mb(self, service: Service) -> float:
        """PSS of the whole process group, in MB; 0 when it does not run."""
        found = Group.read(self._pid_file(service))
        return found.pss_mb() if found else 0.0

    def remove(self, service: Service) -> None:
        """Delete root/<name>."""
        shutil.rmtree(self._home(service), ignore_errors=True)

    def clear(self, *, volumes: bool) -> None:
        """Delete the root when *volumes*: of stopped processes nothing else is left."""
        if volumes:
            shutil.rmtree(self.root, ignore_errors=True)

    def _signal(self, service: Service, how: signal.Signals) -> None:
        found = Group.read(self._pid_file(service))
        for process in found.members() if found else ():
            process.send_signal(how)

    def _refuse_to_move(self, service: Service) -> None:
        """Waiting for a running service at ports where it is not would take minutes and tell nothing."""
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
        group.record(self._pid_file(service), pid)
        (folder / PORTS).write_text(_ports(service))


def _ports(service: Service) -> str:
    return ", ".join(map(str, service.ports))
