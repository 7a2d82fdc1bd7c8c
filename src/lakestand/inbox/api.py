"""The web server that tells what arrived: JSON for programs, a page for people."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote_plus, urlsplit

from lakestand.inbox import page
from lakestand.inbox.box import Fault, Query
from lakestand.inbox.web import Endpoint, decode

PATHS = "there are /, /health, /runbook/NAME, /api/messages, /api/wait, /api/faults"
WAIT_SECONDS = 120.0


class Api(Endpoint):
    """GET and DELETE /api/messages, GET /api/wait, POST /api/faults, GET / and /runbook/NAME."""

    def do_GET(self) -> None:  # noqa: N802  the base class's name
        """Messages by channel, text and time; now, or as soon as there are *count*."""
        path, asked = self._asked()
        if path == "/":
            self.send(200, "text/html", page.messages(self.box.look(Query())))
        elif path == "/health":
            self.answer(200, {"status": "ok"})
        elif path.startswith("/runbook/"):
            text = page.runbook(unquote_plus(path.removeprefix("/runbook/")))
            self.send(200 if text else 404, "text/plain", text or "no such runbook\n")
        elif path in {"/api/messages", "/api/wait"}:
            self._answer_messages(path, asked)
        else:
            self.answer(404, {"error": f"no {path}; {PATHS}"})

    def do_DELETE(self) -> None:  # noqa: N802  the base class's name
        """Forget messages; all by default."""
        path, asked = self._asked()
        if path != "/api/messages":
            self.answer(404, {"error": f"no {path}; {PATHS}"})
            return
        try:
            self.answer(200, {"cleared": self.box.clear(parse_query(asked))})
        except ValueError as err:
            self.answer(400, {"error": str(err)})

    def do_POST(self) -> None:  # noqa: N802  the base class's name
        """Set a fault: {"channel": …, "text": …, "status": …, "times": …}."""
        path, _ = self._asked()
        if path != "/api/faults":
            self.answer(404, {"error": f"no {path}; {PATHS}"})
            return
        try:
            asked = decode(self.read())
            which = Query(channel=str(asked["channel"]), text=str(asked.get("text", "")))
            fault = Fault(query=which, status=int(asked["status"]), times=int(asked["times"]))
        except (AttributeError, TypeError, KeyError, ValueError) as err:
            self.answer(400, {"error": f"a fault has channel, status and times: {err!r}"})
            return
        if not 400 <= fault.status < 600:
            self.answer(400, {"error": f"a fault's status is 400 to 599, not {fault.status}"})
            return
        self.box.fail(fault)
        self.answer(200, {"ok": True})

    def _answer_messages(self, path: str, asked: dict[str, str]) -> None:
        try:
            which = parse_query(asked)
            count, seconds = int(asked.get("count", "1")), float(asked.get("seconds", "10"))
        except ValueError as err:
            self.answer(400, {"error": str(err)})
            return
        if path == "/api/messages":
            self.answer(200, self.box.look(which))
        else:
            self.answer(200, self.box.wait(which, count, min(seconds, WAIT_SECONDS)))

    def _asked(self) -> tuple[str, dict[str, str]]:
        url = urlsplit(self.path)
        return url.path, {name: values[-1] for name, values in parse_qs(url.query).items()}


def parse_query(asked: dict[str, str]) -> Query:
    """What a request asks for; ValueError for a time that is none."""
    return Query(channel=asked.get("channel", ""), text=asked.get("text", ""), since=float(asked.get("since", "0")))
