"""Trying a commit again: bounded, and only after errors that another attempt may not meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

T = TypeVar("T")

ATTEMPTS = 10


def committed(attempt: Callable[[], T]) -> T:
    """*attempt*'s result; ten attempts at most.

    It is called again when another writer was faster, or when the answer was lost: so it must begin by refreshing its
    table and looking whether its work is done.
    """
    return Retrying(
        retry=retry_if_exception_type((CommitFailedException, CommitStateUnknownException)),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        reraise=True,
    )(attempt)
