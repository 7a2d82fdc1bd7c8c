"""A small Maven repository on loopback that can be told to fail, with the list of what is pinned in it."""

from __future__ import annotations

import hashlib
import io
import json
import ssl
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lakestand.stand.artifacts.pin import Pin


@dataclass
class Repository:
    """What is served, who asked for it, and what goes wrong.

    Attributes:
        files: file name to content.
        asked: how often each was asked for.
        unavailable: how many more requests for a file are answered 503.
        cut: how many more answers with a file end in the middle.
        gates: files that are not answered before their gate is set.
    """

    lock: Path
    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    unavailable: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    gates: dict[str, threading.Event] = field(default_factory=dict)

    def publish(self, name: str, contents: dict[str, bytes], extension: str = "jar") -> None:
        """Serve *contents* (artifact to bytes) and pin them as the set *name*."""
        book = json.loads(self.lock.read_text()) if self.lock.exists() else {}
        pins = [_pin(artifact, extension, content) for artifact, content in contents.items()]
        self.files |= {p.file: content for p, content in zip(pins, contents.values(), strict=True)}
        self.lock.write_text(json.dumps(book | {name: [str(p) for p in pins]}))

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One GET."""
        name = request.path.rpartition("/")[2]
        self.asked[name] += 1
        if name in self.gates:
            self.gates[name].wait(30)
        status = 404 if name not in self.files else 503 if _use(self.unavailable, name) else 200
        body = self.files[name] if status == 200 else b""
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2] if _use(self.cut, name) else body)


@contextmanager
def serving(lock: Path, certificate: Path | None = None) -> Iterator[Repository]:
    """An empty repository, until the context is left; by HTTPS with a *certificate* and its key in one file."""
    repository = Repository(lock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            repository.answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing on the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        repository.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
        yield repository
        server.shutdown()


def tar(**members: str) -> bytes:
    """A .tar.gz; a text that begins with @ makes a link to the rest of it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.mode, info.size = 0o755, len(text)
            if text.startswith("@"):
                info.type, info.linkname, info.size = tarfile.SYMTYPE, text[1:], 0
            file.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _pin(artifact: str, extension: str, content: bytes) -> Pin:
    return Pin(f"org.example:{artifact}:1.0:{extension}", hashlib.sha256(content).hexdigest(), len(content))


def _use(budget: Counter[str], name: str) -> bool:
    budget[name] -= 1
    return budget[name] >= 0
