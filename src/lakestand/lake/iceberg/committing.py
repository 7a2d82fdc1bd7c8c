"""Repeating a commit after errors that may pass: another writer was faster, or no answer came."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from pyiceberg.exceptions import (
    CommitFailedException,
    CommitStateUnknownException,
    ServerError,
    ServiceUnavailableError,
    ValidationException,
)

from lakestand.clients import retry
from lakestand.errors import TableError

T = TypeVar("T")

# Another writer's commit (a ValidationException when PyIceberg's own retry finds that it touched the same files), an
# answer that was lost, and what network and store raise when they are away.
TRANSIENT = (
    CommitFailedException,
    ValidationException,
    CommitStateUnknownException,
    ServerError,
    ServiceUnavailableError,
    OSError,
)
# Of two commits at the same time one is in vain, so threads of this process take turns at a table.
_TURNS: WeakValueDictionary[str, threading.RLock] = WeakValueDictionary()


def is_transient(err: BaseException) -> bool:
    """Return whether the same call may succeed a moment later.

    This includes a missing file (an OSError): maintenance deletes files of expired snapshots, and the next attempt
    loads the table's newest metadata.
    """
    return isinstance(err, TRANSIENT)


def commit_with_retry(attempt: Callable[[], T], table: str) -> T:
    """Call *attempt* until it succeeds, for at most a minute, and return its result.

    Threads of this process that commit to the same table take turns.

    Args:
        attempt: must begin by refreshing its table and looking whether its work is done already: the commit before
            may have succeeded although its answer was lost.
        table: the table's name.

    Raises:
        TableError: when other writers were faster, or nothing answered, for a minute.
    """
    turn = _TURNS.setdefault(table, threading.RLock())

    def in_turn() -> T:
        with turn:
            return attempt()

    try:
        return retry.while_transient(is_transient, seconds=retry.COMMIT_SECONDS)(in_turn)
    except TRANSIENT as err:
        cause = " ".join(str(err).split())
        raise TableError(
            f"{table}: no commit was confirmed within {retry.COMMIT_SECONDS:g} s, the last one: {cause}; invoke status"
        ) from err
