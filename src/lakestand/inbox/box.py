"""What arrived, and the faults to answer with."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 10_000


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message: its channel (email, webhook, slack, …), when it came (seconds), and what it said."""

    channel: str
    received: float
    headers: dict[str, str]
    body: Any
    subject: str = ""
    sender: str = ""
    recipients: list[str] = field(default_factory=list)


@dataclass
class Box:
    """The last messages. *faults*: channel → (status, how many more times)."""

    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=KEPT))
    faults: dict[str, tuple[int, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, channel: str, headers: dict[str, str], body: object, **mail: Any) -> None:  # noqa: ANN401
        """Keep a message."""
        with self._lock:
            self.messages.append(Message(channel=channel, received=time.time(), headers=headers, body=body, **mail))

    def list(self, channel: str = "", since: float = 0.0) -> list[dict[str, Any]]:
        """Oldest first."""
        with self._lock:
            found = [m for m in self.messages if m.received > since and channel in {"", m.channel}]
        return [asdict(m) for m in found]

    def clear(self) -> None:
        """Forget messages and faults."""
        with self._lock:
            self.messages.clear()
            self.faults.clear()

    def fail(self, channel: str, status: int, times: int) -> None:
        """Answer the next *times* messages of a channel with *status*."""
        with self._lock:
            self.faults[channel] = (status, times)

    def fault(self, channel: str) -> int:
        """The status to refuse a message with now; 0 to take it."""
        with self._lock:
            status, times = self.faults.get(channel, (0, 0))
            if times > 0:
                self.faults[channel] = (status, times - 1)
            return status if times > 0 else 0
