"""How often and how long clients and tables repeat a call: all policies, each with its limit and its reason."""

from __future__ import annotations

from collections.abc import Callable, Collection

from confluent_kafka import KafkaException
from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
    wait_random_exponential,
)

# A broker elects a partition's new leader within a second or two.
LEADER_SECONDS = 10.0
# Longer than a restart of the object store or of the catalogue, and than a queue of writers of one table.
COMMIT_SECONDS = 60.0


def while_leaderless(codes: Collection[int]) -> Retrying:
    """Return a caller that repeats a call for 10 s while Kafka answers with one of these error *codes*.

    librdkafka calls none of the errors of a partition without a leader retriable for requests of the admin client.
    """
    return Retrying(
        retry=retry_if_exception(lambda err: isinstance(err, KafkaException) and err.args[0].code() in codes),
        stop=stop_after_delay(LEADER_SECONDS),
        wait=wait_random_exponential(multiplier=0.05, max=1),
        reraise=True,
    )


def while_unanswered(*errors: type[Exception], attempts: int) -> Retrying:
    """Return a caller that makes at most *attempts* calls, 0.1, 0.2 … 2 s apart, while they raise one of *errors*.

    For requests that a server may miss while it starts. An answer, whatever its status, ends them.
    """
    return Retrying(
        retry=retry_if_exception_type(errors),
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(multiplier=0.1, max=2),
        reraise=True,
    )


def while_transient(is_transient: Callable[[BaseException], bool], *, seconds: float) -> Retrying:
    """Return a caller that repeats a commit for *seconds* while *is_transient* holds for its error.

    Waits are random, at most 2 s, so that two writers that met once do not meet again.
    """
    return Retrying(
        retry=retry_if_exception(is_transient),
        stop=stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        reraise=True,
    )
