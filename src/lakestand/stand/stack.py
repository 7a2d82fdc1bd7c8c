"""Start services the moment what they need is ready, and wait until they answer."""

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
    """Nobody looks on."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """All services of one stand, on one runtime."""

    services: Mapping[str, Service]
    runtime: Runtime
    start_timeout: float = 120.0

    def up(self, *names: str, watch: OnState = ignore_state) -> list[Timing]:
        """Start *names* and what they need (default: all that is not optional).

        What runs and answers is left alone. The first failure is raised when every service has
        been waited for or given up.
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
        """Stop *names* and what needs them (default: everything), dependents first."""
        chosen = self._dependents(names or self.services)
        done: dict[str, Future[None]] = {}
        with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
            for service in chosen:
                waits = [f for name, f in done.items() if service.name in self.services[name].needs]
                done[service.name] = pool.submit(self._take_down, service, waits, watch)
        _raise_first(done)

    def state(self, service: Service) -> str:
        """Either `ready`, `stopped`, or why a running service does not answer."""
        return state(self.runtime, service)

    @contextmanager
    def stopped(self, name: str, *, kill: bool = False) -> Iterator[None]:
        """Take one service away for the length of a block: failure, on purpose."""
        self.runtime.stop(self.closure([name])[-1], kill=kill)
        try:
            yield
        finally:
            self.up(name)

    def select(self, *names: str) -> list[Service]:
        """*names* (default: all that is not optional) and what they need."""
        return self.closure(names or [s.name for s in self.services.values() if not s.optional])

    def closure(self, names: Iterable[str]) -> list[Service]:
        """*names* and all they need, in an order in which needs come first."""
        found: dict[str, Service] = {}

        def visit(name: str) -> None:
            for need in self.services[name].needs:
                visit(need)
            found[name] = self.services[name]

        for name in names:
            if name not in self.services:
                raise BadArgument(f"there is no service {name}; there are: {', '.join(self.services)}")
            visit(name)
        return list(found.values())

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
    """Either `ready`, `stopped`, or why *service* does not answer though *observer* sees it run."""
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
