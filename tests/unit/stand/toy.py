"""Small real services for the tests of the stack: Python's own web server in a process."""

from __future__ import annotations

import socket
import sys

from lakestand import probe
from lakestand.probe import Probe
from lakestand.stand.service import Process, Service


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def web(name: str, *needs: str, port: int = 0, optional: bool = False) -> Service:
    """A web server that serves one file."""
    port = port or free_port()
    argv = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = Process(argv=lambda _home: argv, files={"hello.txt": name})
    ready = probe.both(probe.tcp("127.0.0.1", port), probe.http(f"http://127.0.0.1:{port}/hello.txt"))
    return service(name, process, ready, port, *needs, optional=optional)


def script(name: str, code: str, port: int = 0) -> Service:
    """A Python script that should open *port*."""
    port = port or free_port()
    process = Process(argv=lambda _home: [sys.executable, "-c", code, str(port)])
    return service(name, process, probe.tcp("127.0.0.1", port), port)


def service(name: str, process: Process, ready: Probe, port: int, *needs: str, optional: bool = False) -> Service:
    return Service(
        name=name,
        title=name,
        ports=(port,),
        ready=ready,
        memory_mb=64,
        process=lambda: process,
        needs=needs,
        optional=optional,
    )
