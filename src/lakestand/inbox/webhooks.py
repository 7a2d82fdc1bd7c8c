"""The web server that receives webhooks, and messages to Slack and PagerDuty."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

from lakestand.errors import RequestTooLarge
from lakestand.inbox.web import Endpoint, decode

HIDDEN = "***"


class Webhooks(Endpoint):
    """Serves POST /<channel> for Alertmanager's receivers and other clients.

    The stand's secret may come as a bearer token, as the path's last part (Slack) or in the body (PagerDuty).
    """

    def do_POST(self) -> None:  # noqa: N802  the base class's name
        """Keep the message; the first part of its path is its channel."""
        channel = urlsplit(self.path).path.strip("/").partition("/")[0] or "webhook"
        try:
            text = self.read()
        except ValueError as err:
            self.answer(413 if isinstance(err, RequestTooLarge) else 400, {"error": str(err)})
            return
        if self._wrong_token():
            self.answer(401, {"error": "not the stand's token"})
            return
        body = decode(self._hide(text))
        headers = {k: self._hide(v) for k, v in self.headers.items()}
        if status := self.box.add(channel, headers, body, trusted=self._trusted(text), size=len(text)):
            self.answer(status, {"error": "refused by a fault"})
            return
        self.answer(*service_answer(channel, body))

    def _wrong_token(self) -> bool:
        authorization = self.headers.get("Authorization", "")
        expected = f"Bearer {self.secret}"
        return bool(authorization) and not hmac.compare_digest(authorization.encode(), expected.encode())

    def _trusted(self, text: str) -> bool:
        places = (self.headers.get("Authorization", ""), self.path, text)
        return bool(self.secret) and any(self.secret in place for place in places)

    def _hide(self, text: str) -> str:
        return text.replace(self.secret, HIDDEN) if self.secret else text


def service_answer(channel: str, body: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401  JSON is anything
    """Return status and body of the answer that the real service of *channel* would give."""
    if channel == "pagerduty":
        key = body.get("dedup_key", "") if isinstance(body, dict) else ""
        return 202, {"status": "success", "message": "Event processed", "dedup_key": key}
    return 200, {"ok": True}
