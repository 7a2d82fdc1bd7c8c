"""The inbox's JSON interface."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from lakestand.clients.http import call
from lakestand.errors import NotReady

Message = dict[str, Any]

# Below the time that a request may take.
TURN = 20.0


@dataclass(frozen=True)
class Inbox:
    """The inbox at *url*. Messages are chosen by channel (any: ""), a text in them, and time (since the epoch)."""

    url: str

    def messages(self, *, channel: str = "", text: str = "", since: float = 0.0) -> list[Message]:
        """What arrived, oldest first."""
        return list(call("GET", f"{self.url}/api/messages", **_query(channel, text, since)))

    def wait(
        self, count: int = 1, *, seconds: float = 20.0, channel: str = "", text: str = "", since: float = 0.0
    ) -> list[Message]:
        """The messages, as soon as there are *count*; NotReady, with what is there, after *seconds*."""
        query, end = _query(channel, text, since), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            turn = f"{min(left, TURN):.3f}"
            found = list(call("GET", f"{self.url}/api/wait", count=str(count), seconds=turn, **query))
            if len(found) >= count:
                return found
        there = [(m["channel"], m["subject"]) for m in self.messages(channel=channel, text=text, since=since)]
        what = " ".join(f"{k}={v!r}" for k, v in query.items() if v and k != "since")
        raise NotReady(
            f"inbox: {len(there)} of {count} messages with {what or 'anything'} within {seconds:g} s: {there}"
        )

    def clear(self, *, channel: str = "", text: str = "") -> int:
        """Forget messages, and faults on that text; how many messages."""
        return int(call("DELETE", f"{self.url}/api/messages", **_query(channel, text, 0.0))["cleared"])

    def refuse(self, channel: str, *, status: int, times: int, text: str = "") -> None:
        """Answer the next *times* messages of *channel* with *text* in them with *status*, and do not keep them."""
        call("POST", f"{self.url}/api/faults", {"channel": channel, "text": text, "status": status, "times": times})


def _query(channel: str, text: str, since: float) -> dict[str, str]:
    return {"channel": channel, "text": text, "since": repr(since)}
