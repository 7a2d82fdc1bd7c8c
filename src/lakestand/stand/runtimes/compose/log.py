"""The log of a service that runs in a container."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docker.models.containers import Container

from lakestand.errors import StandError
from lakestand.stand.runtimes import Tail


@dataclass(frozen=True)
class ContainerLog:
    """The log that Docker keeps of the container of *service*, which *find* returns, or None where there is none."""

    service: str
    find: Callable[[], Container | None]

    def tail(self, lines: int = 15) -> str:
        """The last *lines* of all starts of the container, and how it ended where it did not end well."""
        return self._tail(lines, since=None)

    def from_now(self) -> Tail:
        """A tail of what the container writes from now on: Docker keeps the time of every line."""
        now = time.time()
        return lambda lines: self._tail(lines, since=now)

    def follow(self) -> Iterator[str]:
        """What the container writes, as it comes.

        Raises:
            StandError: when there is no container.
        """
        container = self.find()
        if container is None:
            raise StandError(f"{self.service} has no container: invoke up --only {self.service}")
        for text in container.logs(stream=True, follow=True, tail=0):
            yield text.decode(errors="replace")

    def _tail(self, lines: int, since: float | None) -> str:
        container = self.find()
        if container is None:
            return ""
        written: bytes = container.logs(tail=lines, since=since)
        return written.decode(errors="replace").rstrip("\n") + _exit_line(container)


def _exit_line(container: Container) -> str:
    """How *container* ended by itself, as a last line; empty while it runs, or where it was stopped."""
    state = container.attrs["State"]
    if container.status != "exited" or not state["ExitCode"]:
        return ""
    limit = container.attrs["HostConfig"]["Memory"] / 2**20
    return f"\n(exit code {state['ExitCode']}" + (f", out of its {limit:.0f} MB)" if state["OOMKilled"] else ")")
