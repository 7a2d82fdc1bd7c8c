"""Which ports of this machine are taken, and by whom."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable

import psutil

from lakestand.errors import StandError


def explain_taken(ports: Iterable[int]) -> str:
    """Return a sentence on the first of *ports* that is taken: by whom, and what helps; empty when all are free."""
    for port in ports:
        if not _free(port):
            return (
                f"port {port} is taken by {_holder(port)}; stop it, or move the stand: "
                "LAKESTAND_PORT_OFFSET=10000 (all ports) or the service's own LAKESTAND_…_PORT"
            )
    return ""


def listeners(pids: Iterable[int]) -> list[tuple[str, int]]:
    """Return (address, port) of every TCP socket that one of the processes *pids* listens on, sorted."""
    mine = set(pids)
    connections = psutil.net_connections("tcp")
    held = [c for c in connections if c.status == psutil.CONN_LISTEN and c.pid in mine]
    return sorted({(c.laddr.ip, c.laddr.port) for c in held if c.laddr})


def _free(port: int) -> bool:
    with socket.socket() as sock:
        # A closed connection's TIME_WAIT is no stranger; a listener is, on any address.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("0.0.0.0", port))  # noqa: S104  bound for a moment to ask, never listened on
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    with contextlib.suppress(psutil.AccessDenied):
        for conn in psutil.net_connections("tcp"):
            if conn.laddr and conn.laddr.port == port and conn.status == psutil.CONN_LISTEN and conn.pid:
                return f"process {conn.pid} ({psutil.Process(conn.pid).name()})"
    return "another process"


def free_offset(taken: Iterable[int], step: int = 100) -> int:
    """Return the smallest multiple of *step* by which all ports in *taken* can be moved to free ones.

    Raises:
        StandError: when there is none below 30000.
    """
    wanted = list(taken)
    for offset in range(step, 30_000, step):
        if max(wanted) + offset < 65_000 and all(_free(port + offset) for port in wanted):
            return offset
    raise StandError(f"no offset below 30000 moves {len(wanted)} ports to free ones")
