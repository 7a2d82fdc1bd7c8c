"""A real HTTP server that gives prepared answers and records its requests."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Answer = tuple[int, object]


@dataclass
class Script:
    """Prepared answers by "METHOD /path", given in turn and the last one from then on; *asked* are the requests."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[object] = field(default_factory=list)
    url: str = ""

    def on(self, request: str, *answers: Answer) -> None:
        """Prepare the answers to a request, given one after another."""
        self.answers[request] = list(answers)

    def next(self, request: str) -> Answer:
        """Return the next answer to a request."""
        given = self.answers.get(request, [(404, {"error_code": 404, "message": f"nothing at {request}"})])
        return given.pop(0) if len(given) > 1 else given[0]


@contextmanager
def serving() -> Iterator[Script]:
    """Run a server on a free port for a block."""
    script = Script()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            length = int(self.headers.get("Content-Length", 0))
            script.bodies.append(json.loads(self.rfile.read(length)) if length else None)
            script.asked.append(f"{self.command} {self.path}")
            self._answer(*script.next(f"{self.command} {urlsplit(self.path).path}"))

        def _answer(self, status: int, body: object) -> None:
            text = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_args: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        script.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield script
        server.shutdown()
