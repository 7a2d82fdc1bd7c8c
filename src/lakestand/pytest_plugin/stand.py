"""The stand as a test sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from lakestand.settings import Settings, endpoints
from lakestand.stand.service import Service
from lakestand.stand.stack import Stack


@dataclass(frozen=True)
class Stand:
    """The running stand.

    Attributes:
        settings: ports, users and secrets, as `lakestand settings` lists them.
        stack: the services themselves; the methods below are what tests mostly need of it.
    """

    settings: Settings
    stack: Stack

    @property
    def addresses(self) -> Mapping[str, str]:
        """Every address under the name of the variable that other tools read, as `lakestand env` prints them."""
        return endpoints.variables(self.settings)

    def state(self, name: str) -> str:
        """Return `ready`, `stopped`, or why the service *name* does not answer though it runs."""
        return self.stack.state(self._service(name))

    def up(self, *names: str) -> None:
        """Start services and what they need, and return when they do their job."""
        self.stack.up(*names)

    def kill(self, name: str) -> None:
        """Kill a service by SIGKILL; `up` starts it again with its data, and so does the next test that needs it."""
        self.stack.runtime.stop(self._service(name), kill=True)

    def stopped(self, name: str, *, kill: bool = False) -> AbstractContextManager[None]:
        """Stop a service for the length of a block (by SIGKILL when *kill*), and start it again."""
        return self.stack.stopped(name, kill=kill)

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Let all processes of a service stand still for the length of a block, as a machine that hangs."""
        self.stack.runtime.pause(self._service(name))
        try:
            yield
        finally:
            self.stack.runtime.resume(self._service(name))

    def _service(self, name: str) -> Service:
        return self.stack.closure([name])[-1]
