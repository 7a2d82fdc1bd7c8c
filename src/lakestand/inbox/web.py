"""What both web servers have in common: bounded bodies, JSON answers, no log line a request."""

from __future__ import annotations

import json
import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

from lakestand.errors import RequestTooLarge
from lakestand.inbox.box import Box

LIMIT = 1 << 20

logger = logging.getLogger(__name__)


class Endpoint(BaseHTTPRequestHandler):
    """One connection. *box* and *secret* are set by server()."""

    box: ClassVar[Box]
    secret: ClassVar[str]
    protocol_version = "HTTP/1.1"
    timeout = 30

    def read(self) -> str:
        """The request's body as text; RequestTooLarge, or ValueError for a length that is none."""
        if "Transfer-Encoding" in self.headers:
            raise RequestTooLarge("a body needs a Content-Length here")
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 <= size <= LIMIT:
            raise RequestTooLarge(f"a body has at most {LIMIT} bytes here")
        content = self.rfile.read(size)
        if len(content) < size:
            raise ValueError(f"{len(content)} of {size} bytes came")
        text = content.decode(errors="replace")
        if self.headers.get_content_type() == "application/x-www-form-urlencoded":
            return parse_qs(text).get("payload", [text])[0]  # Slack's form
        return text

    def answer(self, status: int, data: object) -> None:
        """Send *data* as JSON."""
        self.send(status, "application/json", json.dumps(data))

    def send(self, status: int, kind: str, text: str) -> None:
        """Send *text*."""
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
        """Nothing: what arrived is in the box."""


class WebServer(ThreadingHTTPServer):
    """One thread a connection; a client that goes away is one line, not a trace."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, _request: object, client_address: object) -> None:
        """Log it."""
        logger.warning("inbox: %s: %r", client_address, sys.exc_info()[1])


def decode(text: str) -> Any:  # noqa: ANN401  JSON is anything
    """JSON, else the text itself."""
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def create_server(host: str, port: int, handler: type[Endpoint], box: Box, secret: str = "") -> WebServer:
    """A server of *handler* over *box*."""
    return WebServer((host, port), type(handler.__name__, (handler,), {"box": box, "secret": secret}))
