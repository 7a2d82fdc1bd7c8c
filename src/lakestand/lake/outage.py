"""Outlasting a store or a catalogue that is away for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lakestand.clients import retry
from lakestand.errors import SinkAway, TableGone

T = TypeVar("T")

CAUSE_CHARACTERS = 300


def outlast(work: Callable[[], T], *, name: str, is_transient: Callable[[BaseException], bool], seconds: float) -> T:
    """Call *work* until it succeeds, for at most *seconds*, and return its result.

    Args:
        work: what to do; it must begin by looking what is done already, for the answer to a call may be lost.
        name: of the sink or table, for the message.
        is_transient: whether an error may be gone a moment later; any other error is raised at once.
        seconds: how long errors are outlasted.

    Raises:
        SinkAway: when it still fails with a transient error after *seconds*.
    """
    try:
        return retry.while_transient(is_transient, seconds=seconds)(work)
    except Exception as err:
        if not is_transient(err):
            raise
        cause = " ".join(str(err).split())[:CAUSE_CHARACTERS]
        raise SinkAway(
            f"{name} could not be reached or written for {seconds:g} s: {cause}. Nothing is lost: the pipeline goes on "
            "where the table stands when it is started again; invoke status"
        ) from err


def table_gone(name: str) -> TableGone:
    """Return the error for a table that was dropped while a pipeline wrote it."""
    return TableGone(
        f"{name} was dropped under the pipeline. Start it again to fill the table anew from the topic's beginning, or "
        "leave the topic out"
    )
