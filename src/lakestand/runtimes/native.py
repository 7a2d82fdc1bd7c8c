"""Services as detached processes under one folder, no Docker needed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from lakestand import privileges, probe
from lakestand.errors import NotReady, Refused
from lakestand.runtimes import group
from lakestand.runtimes.group import Group
from lakestand.runtimes.ports import strangers
from lakestand.service import Process, Service

DONE, PORTS = ".set-up", "ports"
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@dataclass(frozen=True, kw_only=True)
class Native:
    """Keeps each service in root/<name>: its files, its data, its log, its process id."""

    root: Path
    user: str = "nobody"
    stop_timeout: float = 10.0

    def start(self, service: Service) -> None:
        """Start one process group; Refused when a stranger holds one of its ports, or when it runs on others."""
        if self.running(service):
            self._refuse_to_move(service)
            return
        if taken := strangers(service.ports):
            raise Refused(taken)
        process = service.process()
        home = self._prepare(service, process)
        self._spawn(service, process, home)

    def stop(self, service: Service, *, kill: bool = False) -> None:
        """Ask the leader to end, then insist on the whole group."""
        found = Group.read(self._pid_file(service))
        if found is not None:
            found.stop(signal.SIGKILL if kill else service.stop_signal, self.stop_timeout)
            # A killed leader is a zombie while its other threads still close their sockets.
            with contextlib.suppress(NotReady):
                probe.until(lambda: not strangers(service.ports), self.stop_timeout, "free ports")
        self._pid_file(service).unlink(missing_ok=True)

    def running(self, service: Service) -> bool:
        """Whether the process that we started is there."""
        found = Group.read(self._pid_file(service))
        return found is not None and found.alive()

    def log(self, service: Service, lines: int = 15) -> str:
        """The end of root/<name>/log."""
        return tail(self.log_file(service), lines)

    def log_file(self, service: Service) -> Path:
        """Where the service's output goes; log.1 beside it is that of the start before."""
        return self._home(service) / "log"

    def memory_mb(self, service: Service) -> float:
        """PSS of the whole process group, in MB; 0 when it does not run."""
        found = Group.read(self._pid_file(service))
        return found.pss_mb() if found else 0.0

    def remove(self, service: Service) -> None:
        """Delete root/<name>, and the root with the last of them."""
        shutil.rmtree(self._home(service), ignore_errors=True)

    def _refuse_to_move(self, service: Service) -> None:
        """Waiting for a running service at ports where it is not would take minutes and tell nothing."""
        file = self._home(service) / PORTS
        has, wanted = file.read_text() if file.exists() else "", _ports(service)
        if has and has != wanted:
            raise Refused(
                f"{service.name} runs at port {has}, the settings now say {wanted}: LAKESTAND_PORT_OFFSET or a port "
                "was changed since it was started; change it back, or stop the stand first: invoke down"
            )

    def _home(self, service: Service) -> Path:
        return self.root / service.name

    def _pid_file(self, service: Service) -> Path:
        return self._home(service) / "pid"

    def _prepare(self, service: Service, process: Process) -> Path:
        home = self._home(service)
        if process.setup and not (home / DONE).exists():
            shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in process.files.items():
            _write_private(home / name, text)
        if process.setup and not (home / DONE).exists():
            process.setup(home)
            (home / DONE).touch()
        for name in process.stale:
            (home / name).unlink(missing_ok=True)
        if process.unprivileged:
            privileges.give(home, self.user)
        return home

    def _spawn(self, service: Service, process: Process, home: Path) -> None:
        log = self.log_file(service)
        if log.exists():
            log.replace(log.with_name("log.1"))
        drop = privileges.prefix(self.user) if process.unprivileged else []
        # env --chdir: posix_spawn knows no working directory, and Popen would own a child that outlives us.
        argv = ["env", f"--chdir={home}", *drop, *process.argv(home)]
        stdio = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LAKESTAND_")} | dict(process.env)
        pid = os.posix_spawnp(argv[0], argv, environ, file_actions=stdio, setsid=True)
        group.record(self._pid_file(service), pid)
        (home / PORTS).write_text(_ports(service))


def _ports(service: Service) -> str:
    return ", ".join(map(str, service.ports))


def tail(path: Path, lines: int) -> str:
    """The last *lines* of a text file; empty when there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 400 * lines))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
