"""Waiting until something is ready: probes, which return or raise NotReady with the reason, and loops that call them.

The only module of the package that sleeps.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable

import requests

from lakestand.errors import NotReady

Probe = Callable[[], None]

# Between two calls of a probe: a tenth of the time waited so far, so that a long wait costs the stand little.
SHORTEST, LONGEST = 0.03, 0.1

logger = logging.getLogger(__name__)


def tcp(host: str, port: int) -> Probe:
    """Return a probe that passes when *host*:*port* accepts a connection."""

    def probe() -> None:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError as err:
            raise NotReady(f"tcp {host}:{port}: {err.strerror or err}") from err

    return probe


def http(url: str, *, accept: Callable[[requests.Response], bool] = lambda r: r.ok, timeout: float = 5) -> Probe:
    """Return a probe that passes when GET *url* is answered within *timeout* seconds by a response that *accept* takes.

    By default every response with a status below 400 is taken.
    """

    def probe() -> None:
        try:
            response = requests.get(url, timeout=timeout)
        except requests.RequestException as err:
            raise NotReady(f"GET {url}: {_short(err)}") from err
        if not _accepted(response, accept):
            raise NotReady(f"GET {url}: {response.status_code} {response.text[:120]!r}")

    return probe


def both(first: Probe, second: Probe) -> Probe:
    """Return a probe that passes when *first* and then *second* pass: a cheap first one spares the costly second."""

    def probe() -> None:
        first()
        second()

    return probe


def explain(probe: Probe) -> str:
    """Return why *probe* does not pass yet; empty when it passes."""
    try:
        probe()
    except NotReady as err:
        return str(err)
    return ""


def wait(probe: Probe, seconds: float, alive: Callable[[], bool] = lambda: True) -> None:
    """Call *probe* until it passes.

    Args:
        probe: what to call, at growing distances of 0.03 to 0.1 seconds.
        seconds: how long to wait.
        alive: whether there still is a point in waiting, such as whether the process runs.

    Raises:
        NotReady: with the last reason after *seconds*, or as soon as *alive* returns False.
    """
    began, before = time.monotonic(), ""
    while reason := explain(probe):
        if reason != before:
            logger.debug("not ready: %s", reason)
            before = reason
        if not alive():
            raise NotReady(f"it exited ({reason})")
        waited = time.monotonic() - began
        if waited >= seconds:
            raise NotReady(reason)
        time.sleep(min(max(waited / 10, SHORTEST), LONGEST))
    if not alive():
        raise NotReady("it exited after it had answered")


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until *condition* returns something true; NotReady, which names *what*, after *seconds*."""

    def probe() -> None:
        if not condition():
            raise NotReady(f"{what}: not within {seconds:g} s")

    wait(probe, seconds)


def until_it_stalls(condition: Callable[[], object], seconds: float, what: str, reached: Callable[[], int]) -> None:
    """Wait as `until`, and go on for as long as progress is made: while *reached* grows within every *seconds*.

    *reached* counts what has been done, such as rows that arrived, from 0 on.
    """
    before = 0
    while True:
        try:
            return until(condition, seconds, what)
        except NotReady:
            if (now := reached()) <= before:
                raise
            before = now


def pause_until(moment: float) -> None:
    """Sleep until *moment* of `time.monotonic`: for a program that keeps to a rate and has no condition to await."""
    time.sleep(max(moment - time.monotonic(), 0))


def _accepted(response: requests.Response, accept: Callable[[requests.Response], bool]) -> bool:
    """Whether *accept* takes *response*; a page or an empty answer where it expects JSON is not taken."""
    try:
        return accept(response)
    except requests.exceptions.JSONDecodeError:
        return False


def _short(err: Exception) -> str:
    return str(err).rsplit(":", 1)[-1].strip(" )'\"") or type(err).__name__
