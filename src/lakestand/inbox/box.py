"""The messages that arrived, and the faults to answer the next ones with; both are bounded and live in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_MESSAGES = 10_000
MAX_BYTES = 8 << 20  # as received; a decoded message takes several times as much
MAX_FAULTS = 1_000


@dataclass(frozen=True, kw_only=True)
class Message:
    """A mail or a web request that arrived.

    Attributes:
        channel: email, webhook, slack, pagerduty or another path that it was posted to.
        received: seconds since the epoch.
        body: decoded JSON, or text; of a mail its plain text.
        html: the HTML part of a mail.
        trusted: whether the sender gave the stand's secret; the secret itself is not kept.
        size: in bytes, as received.
    """

    channel: str
    received: float
    headers: dict[str, str]
    body: Any
    html: str = ""
    subject: str = ""
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    trusted: bool = False
    size: int = 0

    @property
    def words(self) -> str:
        """The text that a query searches."""
        return f"{self.subject}\n{self.body}\n{self.html}\n{self.recipients}"


@dataclass(frozen=True, kw_only=True)
class Query:
    """Selects messages of *channel* (of any if empty) that contain *text* and were received later than *since*."""

    channel: str = ""
    text: str = ""
    since: float = 0.0

    def selects(self, message: Message) -> bool:
        """Return whether the query selects *message*."""
        return self.channel in {"", message.channel} and message.received > self.since and self.text in message.words


@dataclass(kw_only=True)
class Fault:
    """Refuses the next *times* messages that *query* selects, with *status*."""

    query: Query
    status: int
    times: int


@dataclass
class Box:
    """The last messages, oldest first, and the faults that are set; safe for several threads.

    The oldest messages are forgotten when there are more than MAX_MESSAGES, or MAX_BYTES of them.
    """

    messages: deque[Message] = field(default_factory=deque)
    faults: deque[Fault] = field(default_factory=lambda: deque(maxlen=MAX_FAULTS))
    size: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, channel: str, headers: dict[str, str], body: object, **more: Any) -> int:  # noqa: ANN401
        """Keep a message unless a fault refuses it; return the fault's status, or 0."""
        message = Message(channel=channel, received=time.time(), headers=headers, body=body, **more)
        with self._changed:
            if fault := self._fault(message):
                return fault
            self.messages.append(message)
            self.size += message.size
            while len(self.messages) > MAX_MESSAGES or self.size > MAX_BYTES:
                self.size -= self.messages.popleft().size
            self._changed.notify_all()
        return 0

    def find(self, query: Query) -> list[dict[str, Any]]:
        """Return the messages that *query* selects as dictionaries, oldest first."""
        with self._changed:
            return [asdict(m) for m in self._select(query)]

    def wait(self, query: Query, count: int, seconds: float) -> list[dict[str, Any]]:
        """Wait until there are *count* such messages, for *seconds* at most, and return those that are there."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._select(query)) >= count, seconds)
            return [asdict(m) for m in self._select(query)]

    def clear(self, query: Query) -> int:
        """Delete messages, and faults whose text contains the query's; return how many messages were deleted."""
        with self._changed:
            count = len(self._select(query))
            self.messages = deque(m for m in self.messages if not query.selects(m))
            self.size = sum(m.size for m in self.messages)
            self.faults = deque((f for f in self.faults if query.text not in f.query.text), MAX_FAULTS)
            return count

    def fail(self, fault: Fault) -> None:
        """Set a fault, which refuses messages from now on."""
        with self._changed:
            self.faults.append(fault)

    def _select(self, query: Query) -> list[Message]:
        return [m for m in self.messages if query.selects(m)]

    def _fault(self, message: Message) -> int:
        for fault in self.faults:
            if fault.times > 0 and fault.query.selects(message):
                fault.times -= 1
                return fault.status
        return 0
