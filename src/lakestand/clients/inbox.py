"""A client of the inbox, which keeps the notifications that tests wait for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from lakestand.clients.http import call
from lakestand.errors import NotReady

Message = dict[str, Any]

# Seconds that one request waits: fewer than `http.TIMEOUT`.
TURN = 20.0


@dataclass(frozen=True)
class Inbox:
    """The inbox at *url*.

    Messages are selected by channel (mail, slack, webhook; "" for any), by a text in them, and by the time of their
    arrival, in seconds since the epoch.
    """

    url: str

    def messages(self, *, channel: str = "", text: str = "", since: float = 0.0) -> list[Message]:
        """Return the selected messages that have arrived, oldest first."""
        return list(call("GET", f"{self.url}/api/messages", **_query(channel, text, since)))

    def wait(
        self, count: int = 1, *, seconds: float = 20.0, channel: str = "", text: str = "", since: float = 0.0
    ) -> list[Message]:
        """Wait until *count* selected messages have arrived, and return them.

        Raises:
            NotReady: after *seconds*, with the messages that have arrived.
        """
        query, end = _query(channel, text, since), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            turn = f"{min(left, TURN):.3f}"
            messages = list(call("GET", f"{self.url}/api/wait", count=str(count), seconds=turn, **query))
            if len(messages) >= count:
                return messages
        arrived = [(m["channel"], m["subject"]) for m in self.messages(channel=channel, text=text, since=since)]
        what = " ".join(f"{k}={v!r}" for k, v in query.items() if v and k != "since")
        raise NotReady(
            f"inbox: {len(arrived)} of {count} messages with {what or 'anything'} within {seconds:g} s: {arrived}"
        )

    def clear(self, *, channel: str = "", text: str = "") -> int:
        """Delete the selected messages, and faults for the same text; return the number of messages."""
        return int(call("DELETE", f"{self.url}/api/messages", **_query(channel, text, 0.0))["cleared"])

    def refuse(self, channel: str, *, status: int, times: int, text: str = "") -> None:
        """Refuse the next *times* messages of *channel* that contain *text*: answer *status*, and do not keep them."""
        call("POST", f"{self.url}/api/faults", {"channel": channel, "text": text, "status": status, "times": times})


def _query(channel: str, text: str, since: float) -> dict[str, str]:
    return {"channel": channel, "text": text, "since": repr(since)}
