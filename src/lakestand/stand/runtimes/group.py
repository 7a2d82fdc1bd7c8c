"""The process group of one started service, known by its leader's process id and start time."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from lakestand import probe
from lakestand.errors import NotReady


@dataclass(frozen=True)
class Group:
    """A session that we started, by its leader.

    A recycled process id has another start time, and is never signalled.
    """

    pid: int
    started: float

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the group that the file *path* records; None when there is no such file."""
        try:
            pid, started = path.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return cls(int(pid), float(started))

    def leader(self) -> psutil.Process | None:
        """Return the leading process if it still runs and is the one that was started, else None."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def alive(self) -> bool:
        """Return whether the leader runs."""
        return self.leader() is not None

    def members(self) -> list[psutil.Process]:
        """Return all living processes of the session and of the leader's family.

        Orphans stay in the session; PostgreSQL's backends leave it, but stay in the family.
        """
        leader = self.leader()
        family = {p.pid: p for p in psutil.process_iter() if _session(p.pid) == self.pid}
        if leader:
            with contextlib.suppress(psutil.NoSuchProcess):
                family |= {p.pid: p for p in leader.children(recursive=True)}
        return [p for p in family.values() if _lives(p)]

    def stop(self, how: signal.Signals, seconds: float) -> None:
        """Send the signal *how* to the leader, and after *seconds* SIGKILL to what is left of the group."""
        leader = self.leader()
        if leader is None and not _orphans_are_ours(self):
            return
        members = self.members()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, how) if how != signal.SIGKILL else os.killpg(self.pid, how)
        if not _ended(members, seconds):
            for process in members:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            _ended(members, seconds)
        _reap(self.pid)

    def pss_mb(self) -> float:
        """Return the proportional set size (PSS) of all members together, in MB."""
        return sum(_pss(p) for p in self.members()) / 2**20


def record(path: Path, pid: int) -> None:
    """Write to the file *path* which process *pid* is, for `Group.read`."""
    path.write_text(f"{pid} {psutil.Process(pid).create_time()}")


def _ended(processes: Iterable[psutil.Process], seconds: float) -> bool:
    # Not psutil.wait_procs: it waits for zombies too, which some init processes collect once a second only.
    try:
        probe.until(lambda: not any(_lives(p) for p in processes), seconds, "end of the process group")
    except NotReady:
        return False
    return True


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _orphans_are_ours(group: Group) -> bool:
    # The leader is gone: its session id cannot be given to another process while members live.
    return not psutil.pid_exists(group.pid) and bool(group.members())


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _reap(pid: int) -> None:
    # Only a child of this very process needs it; init has done it for all others.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
