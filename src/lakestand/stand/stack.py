"""The order of a stand: services start the moment what they need is ready, and stop before what they need."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from lakestand import probe
from lakestand.errors import BadArgument, NotReady, Refused, StandError, StartFailed
from lakestand.stand.runtimes import Observer, Runtime
from lakestand.stand.service import Service
from lakestand.stand.timing import Timing

OnState = Callable[[str, str], None]

logger = logging.getLogger(__name__)


def ignore_state(_name: str, _state: str) -> None:
    """Do nothing with the state of a service: for callers that show none."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """All services of one stand, on one runtime.

    Attributes:
        services: every service by its name.
        start_timeout: how many seconds a service may take until its probe passes.
    """

    services: Mapping[str, Service]
    runtime: Runtime
    start_timeout: float = 120.0

    def up(self, *names: str, watch: OnState = ignore_state) -> list[Timing]:
        """Start *names* and what they need, by default all that is not optional, and wait until they are ready.

        What runs and answers is left alone. *watch* is called with the name and the new state of a service whenever one
        changes. Returns when each service started and was ready.

        Raises:
            StartFailed: of the first service that did not come up, after all others were waited for or given up.
        """
        chosen = self.select(*names)
        zero = time.monotonic()
        futures: dict[str, Future[Timing]] = {}
        with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
            for service in chosen:
                needed = [futures[n] for n in service.needs]
                futures[service.name] = pool.submit(self._bring_up, service, needed, zero, watch)
        _raise_first(futures)
        return [future.result() for future in futures.values()]

    def down(self, *names: str, watch: OnState = ignore_state) -> None:
        """Stop *names* and what needs them, by default everything, dependents first. *watch* as in `up`."""
        chosen = self._dependents(names or self.services)
        stops: dict[str, Future[None]] = {}
        with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
            for service in chosen:
                waits = [f for name, f in stops.items() if service.name in self.services[name].needs]
                stops[service.name] = pool.submit(self._take_down, service, waits, watch)
        _raise_first(stops)

    def state(self, service: Service) -> str:
        """Return the state of *service*: `ready`, `stopped`, or why it does not answer though it runs."""
        return state(self.runtime, service)

    @contextmanager
    def stopped(self, name: str, *, kill: bool = False) -> Iterator[None]:
        """Stop the service *name* for the length of a block (by SIGKILL when *kill*), and start it again."""
        self.runtime.stop(self.closure([name])[-1], kill=kill)
        try:
            yield
        finally:
            self.up(name)

    def select(self, *names: str) -> list[Service]:
        """Return *names*, by default all that is not optional, and what they need, in an order to start them in."""
        return self.closure(names or [s.name for s in self.services.values() if not s.optional])

    def closure(self, names: Iterable[str]) -> list[Service]:
        """Return *names* and all that they need, each after what it needs; BadArgument for an unknown name."""
        ordered: dict[str, Service] = {}

        def visit(name: str) -> None:
            for need in self.services[name].needs:
                visit(need)
            ordered[name] = self.services[name]

        for name in names:
            if name not in self.services:
                raise BadArgument(f"there is no service {name}; there are: {', '.join(self.services)}")
            visit(name)
        return list(ordered.values())

    def _dependents(self, names: Iterable[str]) -> list[Service]:
        wanted = set(names)
        order = self.closure(self.services)
        return [s for s in reversed(order) if wanted & {n.name for n in self.closure([s.name])}]

    def _bring_up(self, service: Service, needed: list[Future[Timing]], zero: float, watch: OnState) -> Timing:
        for future in needed:
            future.result()
        began = time.monotonic()
        fresh = not self.runtime.running(service)
        watch(service.name, "starting")
        logger.info("%s: starting", service.name)
        try:
            self.runtime.start(service)
            probe.wait(service.ready, self.start_timeout, lambda: self.runtime.running(service))
        except (NotReady, Refused, StandError) as err:
            watch(service.name, "failed")
            took = time.monotonic() - began
            raise StartFailed(service.name, took, str(err), self.runtime.log(service).tail()) from err
        watch(service.name, "ready")
        logger.info("%s: ready after %.1f s", service.name, time.monotonic() - began)
        return Timing(service.name, service.needs, began - zero, time.monotonic() - zero, fresh)

    def _take_down(self, service: Service, waits: list[Future[None]], watch: OnState) -> None:
        for future in waits:
            future.result()
        if self.runtime.running(service):
            watch(service.name, "stopping")
        self.runtime.stop(service)
        watch(service.name, "stopped")
        logger.info("%s: stopped", service.name)


def state(observer: Observer, service: Service) -> str:
    """Return the state of *service*: `ready`, `stopped`, or why it does not answer though *observer* sees it run."""
    if not observer.running(service):
        return "stopped"
    try:
        return probe.explain(service.ready) or "ready"
    except Refused as err:
        return str(err)


def _raise_first(futures: Mapping[str, Future[Timing]] | Mapping[str, Future[None]]) -> None:
    for future in futures.values():
        if err := future.exception():
            raise err
