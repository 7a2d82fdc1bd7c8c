"""The two web servers: one receives webhooks, one tells what arrived."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from lakestand.inbox.box import Box

LIMIT = 10 << 20


class Answering(BaseHTTPRequestHandler):
    """What both have in common: JSON in, JSON out, no log line a request."""

    box: ClassVar[Box]
    protocol_version = "HTTP/1.1"

    def body(self) -> Any:  # noqa: ANN401  JSON is anything
        """The request's body: JSON, a form (Slack's `payload`), else text."""
        text = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LIMIT)).decode(errors="replace")
        if self.headers.get_content_type() == "application/x-www-form-urlencoded":
            text = parse_qs(text).get("payload", [text])[0]
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text

    def answer(self, status: int, data: object) -> None:
        """Send *data* as JSON."""
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Nothing: what arrived is in the box."""


class Receiving(Answering):
    """POST /<channel>, for Alertmanager's receivers and whoever else."""

    def do_POST(self) -> None:
        """Keep the message under the first part of its path."""
        channel = urlsplit(self.path).path.strip("/").partition("/")[0] or "webhook"
        body = self.body()
        if status := self.box.fault(channel):
            self.answer(status, {"error": "refused, as told"})
            return
        self.box.put(channel, dict(self.headers.items()), body)
        if channel == "pagerduty":
            key = body.get("dedup_key", "") if isinstance(body, dict) else ""
            self.answer(202, {"status": "success", "message": "Event processed", "dedup_key": key})
        else:
            self.answer(200, {"ok": True})


class Telling(Answering):
    """GET and DELETE /api/messages, POST /api/faults, GET /health."""

    def do_GET(self) -> None:
        """Messages, by channel and later than a time."""
        url = urlsplit(self.path)
        if url.path == "/health":
            self.answer(200, {"status": "ok"})
        elif url.path == "/api/messages":
            asked = parse_qs(url.query)
            since = float(asked.get("since", ["0"])[0])
            self.answer(200, self.box.list(asked.get("channel", [""])[0], since))
        else:
            self.answer(404, {"error": f"no {url.path}; there are /health, /api/messages, /api/faults"})

    def do_DELETE(self) -> None:
        """Forget everything."""
        self.box.clear()
        self.answer(200, {"ok": True})

    def do_POST(self) -> None:
        """Set a fault: {"channel": …, "status": …, "times": …}."""
        try:
            asked = self.body()
            self.box.fail(str(asked["channel"]), int(asked["status"]), int(asked["times"]))
        except (TypeError, KeyError, ValueError) as err:
            self.answer(400, {"error": f"a fault has channel, status and times: {err!r}"})
            return
        self.answer(200, {"ok": True})


def server(host: str, port: int, handler: type[Answering], box: Box) -> ThreadingHTTPServer:
    """A server of *handler* over *box*."""
    bound = type(handler.__name__, (handler,), {"box": box})
    made = ThreadingHTTPServer((host, port), bound)
    made.daemon_threads = True
    return made
