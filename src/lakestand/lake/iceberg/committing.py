"""Trying a commit again: bounded, and only after errors that another attempt may not meet."""

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

# Another's commit (PyIceberg's own retry ends in a ValidationException where that touched the same files), an answer
# that was lost, and whatever the network and the store say when they are away.
TRANSIENT = (
    CommitFailedException,
    ValidationException,
    CommitStateUnknownException,
    ServerError,
    ServiceUnavailableError,
    OSError,
)
# Threads of one process take turns at a table: of two commits at once one is in vain, and both cost the same.
_TURNS: WeakValueDictionary[str, threading.RLock] = WeakValueDictionary()


def is_transient(err: BaseException) -> bool:
    """Whether the same call may succeed a moment later.

    So it may after a missing file: maintenance removes what expired snapshots named, and the table is loaded again.
    """
    return isinstance(err, TRANSIENT)


def commit_with_retry(attempt: Callable[[], T], table: str) -> T:
    """*attempt*'s result, within a minute; TableError when others were faster all the time, or nothing answered.

    It is called again when another writer was faster, or when the answer was lost: so it must begin by refreshing its
    table and looking whether its work is done.
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
