"""The web server that shows what arrived: JSON for programs, a page for people."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote_plus, urlsplit

from lakestand.inbox import page
from lakestand.inbox.box import Fault, Query
from lakestand.inbox.web import Endpoint, decode

PATHS = "there are /, /health, /runbook/NAME, /api/messages, /api/wait, /api/faults"
WAIT_SECONDS = 120.0


class Api(Endpoint):
    """Serves GET and DELETE /api/messages, GET /api/wait, POST /api/faults, GET / and GET /runbook/NAME."""

    def do_GET(self) -> None:  # noqa: N802  the base class's name
        """Answer with messages, selected by channel, text and time; /api/wait waits until there are enough of them."""
        path, parameters = self._parse_path()
        if path == "/":
            self.send(200, "text/html", page.render_messages(self.box.find(Query())))
        elif path == "/health":
            self.answer(200, {"status": "ok"})
        elif path.startswith("/runbook/"):
            text = page.find_runbook(unquote_plus(path.removeprefix("/runbook/")))
            self.send(200 if text else 404, "text/plain", text or "no such runbook\n")
        elif path in {"/api/messages", "/api/wait"}:
            self._answer_messages(path, parameters)
        else:
            self.answer(404, {"error": f"no {path}; {PATHS}"})

    def do_DELETE(self) -> None:  # noqa: N802  the base class's name
        """Delete messages, all of them by default."""
        path, parameters = self._parse_path()
        if path != "/api/messages":
            self.answer(404, {"error": f"no {path}; {PATHS}"})
            return
        try:
            self.answer(200, {"cleared": self.box.clear(parse_query(parameters))})
        except ValueError as err:
            self.answer(400, {"error": str(err)})

    def do_POST(self) -> None:  # noqa: N802  the base class's name
        """Set the fault of the body, {"channel": …, "text": …, "status": …, "times": …}."""
        path, _ = self._parse_path()
        if path != "/api/faults":
            self.answer(404, {"error": f"no {path}; {PATHS}"})
            return
        try:
            body = decode(self.read())
            query = Query(channel=str(body["channel"]), text=str(body.get("text", "")))
            fault = Fault(query=query, status=int(body["status"]), times=int(body["times"]))
        except (AttributeError, TypeError, KeyError, ValueError) as err:
            self.answer(400, {"error": f"a fault has channel, status and times: {err!r}"})
            return
        if not 400 <= fault.status < 600:
            self.answer(400, {"error": f"a fault's status is 400 to 599, not {fault.status}"})
            return
        self.box.fail(fault)
        self.answer(200, {"ok": True})

    def _answer_messages(self, path: str, parameters: dict[str, str]) -> None:
        try:
            query = parse_query(parameters)
            count, seconds = int(parameters.get("count", "1")), float(parameters.get("seconds", "10"))
        except ValueError as err:
            self.answer(400, {"error": str(err)})
            return
        if path == "/api/messages":
            self.answer(200, self.box.find(query))
        else:
            self.answer(200, self.box.wait(query, count, min(seconds, WAIT_SECONDS)))

    def _parse_path(self) -> tuple[str, dict[str, str]]:
        url = urlsplit(self.path)
        return url.path, {name: values[-1] for name, values in parse_qs(url.query).items()}


def parse_query(parameters: dict[str, str]) -> Query:
    """Return the query that a URL's parameters describe; ValueError when `since` is no number."""
    return Query(
        channel=parameters.get("channel", ""),
        text=parameters.get("text", ""),
        since=float(parameters.get("since", "0")),
    )
