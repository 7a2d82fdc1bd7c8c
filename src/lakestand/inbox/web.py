"""What both web servers have in common: bodies of a limited size, JSON answers, and no log line a request."""

from __future__ import annotations

import json
import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

from lakestand.errors import RequestTooLarge
from lakestand.inbox.box import Box

MAX_BYTES = 1 << 20

logger = logging.getLogger(__name__)


class Endpoint(BaseHTTPRequestHandler):
    """Serves one connection; `create_server` sets *box* and *secret*."""

    box: ClassVar[Box]
    secret: ClassVar[str]
    protocol_version = "HTTP/1.1"
    timeout = 30

    def read(self) -> str:
        """Return the request's body as text.

        Raises:
            RequestTooLarge: the body has more than MAX_BYTES, or no length.
            ValueError: the length is no number, or the body is shorter.
        """
        if "Transfer-Encoding" in self.headers:
            raise RequestTooLarge("a body needs a Content-Length here")
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 <= size <= MAX_BYTES:
            raise RequestTooLarge(f"a body has at most {MAX_BYTES} bytes here")
        content = self.rfile.read(size)
        if len(content) < size:
            raise ValueError(f"{len(content)} of {size} bytes came")
        text = content.decode(errors="replace")
        if self.headers.get_content_type() == "application/x-www-form-urlencoded":
            return parse_qs(text).get("payload", [text])[0]  # Slack's form
        return text

    def answer(self, status: int, data: object) -> None:
        """Answer with *status* and *data* as JSON."""
        self.send(status, "application/json", json.dumps(data))

    def send(self, status: int, kind: str, text: str) -> None:
        """Answer with *status* and *text* of the content type *kind*."""
        content = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if status >= 400:  # the body may not have been read: what follows on this line is unknown
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Log nothing: what arrived is in the box."""


class WebServer(ThreadingHTTPServer):
    """Serves each connection in a thread; a client that goes away is one line on stderr, not a traceback."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, _request: object, client_address: object) -> None:
        """Log it."""
        logger.warning("inbox: %s: %r", client_address, sys.exc_info()[1])


def decode(text: str) -> Any:  # noqa: ANN401  JSON is anything
    """Return *text* as decoded JSON, or the text itself when it is none; NaN and Infinity become strings."""
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def create_server(host: str, port: int, endpoint: type[Endpoint], box: Box, secret: str = "") -> WebServer:
    """Return a server that answers with *endpoint* and keeps messages in *box*; *secret* is the stand's token."""
    return WebServer((host, port), type(endpoint.__name__, (endpoint,), {"box": box, "secret": secret}))
