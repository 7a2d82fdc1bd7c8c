"""What arrived, and the faults to answer with: bounded in number and bytes, and gone with the process."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT, KEPT_BYTES = 10_000, 8 << 20  # decoded, a byte takes several
FAULTS = 1_000


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message.

    Attributes:
        channel: email, webhook, slack, pagerduty or whatever path it was posted to.
        received: seconds since the epoch.
        body: what it said: decoded JSON, or text; of a mail its plain text.
        html: of a mail.
        trusted: whether the sender gave the stand's secret; the secret itself is not kept.
        size: bytes, as received.
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
        """Everything that a search looks at."""
        return f"{self.subject}\n{self.body}\n{self.html}\n{self.recipients}"


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which messages: of *channel* (any: ""), with *text* in them, received later than *since*."""

    channel: str = ""
    text: str = ""
    since: float = 0.0

    def takes(self, message: Message) -> bool:
        """Whether *message* is one of them."""
        return self.channel in {"", message.channel} and message.received > self.since and self.text in message.words


@dataclass(kw_only=True)
class Fault:
    """The next *times* messages that *query* takes are refused with *status*."""

    query: Query
    status: int
    times: int


@dataclass
class Box:
    """The last messages, oldest first."""

    messages: deque[Message] = field(default_factory=deque)
    faults: deque[Fault] = field(default_factory=lambda: deque(maxlen=FAULTS))
    size: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, channel: str, headers: dict[str, str], body: object, **more: Any) -> int:  # noqa: ANN401
        """Keep a message, and forget the oldest beyond the bounds; the status to refuse it with, or 0."""
        message = Message(channel=channel, received=time.time(), headers=headers, body=body, **more)
        with self._changed:
            if fault := self._fault(message):
                return fault
            self.messages.append(message)
            self.size += message.size
            while len(self.messages) > KEPT or self.size > KEPT_BYTES:
                self.size -= self.messages.popleft().size
            self._changed.notify_all()
        return 0

    def look(self, query: Query) -> list[dict[str, Any]]:
        """Oldest first."""
        with self._changed:
            return [asdict(m) for m in self._found(query)]

    def wait(self, query: Query, count: int, seconds: float) -> list[dict[str, Any]]:
        """The messages, as soon as there are *count* of them, or after *seconds*."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._found(query)) >= count, seconds)
            return [asdict(m) for m in self._found(query)]

    def clear(self, query: Query) -> int:
        """Forget messages and their faults, all of them by default; how many messages."""
        with self._changed:
            gone = len(self._found(query))
            self.messages = deque(m for m in self.messages if not query.takes(m))
            self.size = sum(m.size for m in self.messages)
            self.faults = deque((f for f in self.faults if query.text not in f.query.text), FAULTS)
            return gone

    def fail(self, fault: Fault) -> None:
        """Refuse messages from now on."""
        with self._changed:
            self.faults.append(fault)

    def _found(self, query: Query) -> list[Message]:
        return [m for m in self.messages if query.takes(m)]

    def _fault(self, message: Message) -> int:
        for fault in self.faults:
            if fault.times > 0 and fault.query.takes(message):
                fault.times -= 1
                return fault.status
        return 0
