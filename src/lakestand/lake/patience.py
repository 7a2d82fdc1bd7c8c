"""Waiting for a store or a catalogue that is away: bounded, and only after errors that may pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from lakestand.errors import SinkAway

T = TypeVar("T")

SECONDS = 60.0
MAX_WAIT_SECONDS = 2.0
CAUSE_CHARACTERS = 300


def patiently(work: Callable[[], T], *, name: str, passing: Callable[[BaseException], bool], seconds: float) -> T:
    """*work*'s result; it is called again after each *passing* error, which must leave nothing half done.

    SinkAway when it still fails after *seconds*.
    """
    try:
        return Retrying(
            retry=retry_if_exception(passing),
            stop=stop_after_delay(seconds),
            wait=wait_random_exponential(multiplier=0.05, max=MAX_WAIT_SECONDS),
            reraise=True,
        )(work)
    except Exception as err:
        if not passing(err):
            raise
        cause = " ".join(str(err).split())[:CAUSE_CHARACTERS]
        raise SinkAway(
            f"{name} could not be reached or written for {seconds:g} s: {cause}. Nothing is lost: the pipeline goes on "
            "where the table stands when it is started again; invoke status"
        ) from err
