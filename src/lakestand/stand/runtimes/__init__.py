"""Where services run: as processes, on Docker Compose, or inside a container.

A runtime starts and stops; it never decides order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from lakestand.stand.service import Service

# Given a number of lines, the last so many that a service has written since some moment.
Tail = Callable[[int], str]


class Observer(Protocol):
    """What can be seen of services from everywhere, also from inside a container."""

    def running(self, service: Service) -> bool:
        """Whether *service* runs. Once it has exited, it is no use to wait for it."""

    def wanted(self, service: Service) -> bool:
        """Whether somebody started *service* and nobody has stopped it since, alive or not."""


class Log(Protocol):
    """What one service writes."""

    def tail(self, lines: int = 15) -> str:
        """The last *lines* of all that it has written; empty when there is nothing."""

    def from_now(self) -> Tail:
        """A tail of only what the service writes after this call, a restart of it included."""

    def follow(self) -> Iterator[str]:
        """What the service writes from now on, as it comes, until the caller ends it."""


class Runtime(Observer, Protocol):
    """A place to run services, as `Stack` uses it."""

    @property
    def memory_is(self) -> str:
        """What `memory_mb` counts, in the words of a table's head."""

    def start(self, service: Service) -> None:
        """Start *service* unless it runs, without waiting until it is ready.

        Raises:
            StandError: when it cannot start here, as when another program holds one of its ports.
        """

    def stop(self, service: Service, *, kill: bool = False) -> None:
        """Stop *service* but keep its data, and return when nothing of it is left running."""

    def pause(self, service: Service) -> None:
        """Make all processes of *service* stand still."""

    def resume(self, service: Service) -> None:
        """Let the processes of a paused *service* go on."""

    def log(self, service: Service) -> Log:
        """The log of *service*, which may not have begun yet."""

    def listeners(self, services: Sequence[Service]) -> list[tuple[str, int]]:
        """(address, port) of every TCP socket on which this machine reaches *services*."""

    def memory_mb(self, service: Service) -> float:
        """Memory of all processes of *service* now; 0 when it does not run."""

    def remove(self, service: Service) -> None:
        """Delete the data of a stopped *service*."""

    def clear(self, *, volumes: bool) -> None:
        """Remove what is left of the stopped stand; its data too when *volumes*."""
