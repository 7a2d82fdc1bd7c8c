"""The web server that receives: webhooks, Slack's and PagerDuty's messages."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

from lakestand.errors import RequestTooLarge
from lakestand.inbox.web import Endpoint, decode

HIDDEN = "***"


class Webhooks(Endpoint):
    """POST /<channel>, for Alertmanager's receivers and whoever else.

    A secret may come as a bearer token, as the path's last part (Slack) or in the body (PagerDuty).
    """

    def do_POST(self) -> None:  # noqa: N802  the base class's name
        """Keep the message under the first part of its path."""
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
        if refused := self.box.take(channel, headers, body, trusted=self._trusted(text), size=len(text)):
            self.answer(refused, {"error": "refused, as told"})
            return
        self.answer(*service_answer(channel, body))

    def _wrong_token(self) -> bool:
        given = self.headers.get("Authorization", "")
        right = f"Bearer {self.secret}"
        return bool(given) and not hmac.compare_digest(given.encode(), right.encode())

    def _trusted(self, text: str) -> bool:
        places = (self.headers.get("Authorization", ""), self.path, text)
        return bool(self.secret) and any(self.secret in place for place in places)

    def _hide(self, text: str) -> str:
        return text.replace(self.secret, HIDDEN) if self.secret else text


def service_answer(channel: str, body: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401  JSON is anything
    """What the real service would say."""
    if channel == "pagerduty":
        key = body.get("dedup_key", "") if isinstance(body, dict) else ""
        return 202, {"status": "success", "message": "Event processed", "dedup_key": key}
    return 200, {"ok": True}
