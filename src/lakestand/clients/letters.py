"""What lies in dead-letter topics, read from their ends: which records, and how many.

A letter's headers say where its record lies (`position`), why it could not be decoded (`reason`), and how many letters
there have been with it (`number`). So one letter tells how many there are; offsets do not, for transactions end in one.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from lakestand.clients.kafka import ASK_SECONDS, DEAD_LETTER
from lakestand.errors import ServiceError

POSITION, REASON, NUMBER = "position", "reason", "number"
PLACE = re.compile(r"\[(\d+)\]@(\d+)$")
# How many offsets are read back from the end at first; each further step reads four times as many.
STEP, GROWTH = 64, 4
NOT_THERE = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION, KafkaError._UNKNOWN_TOPIC}  # noqa: SLF001


class Letter(NamedTuple):
    """A record that was put aside: its partition and offset in its own topic, and its number among all letters."""

    partition: int
    offset: int
    number: int


def counts(bootstrap_servers: str, topics: Iterable[str]) -> dict[str, int]:
    """Return how many letters each dead-letter topic of *topics* holds, of those that hold any, by its name.

    ServiceError when Kafka does not answer.
    """
    try:
        known = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0}).list_topics(timeout=ASK_SECONDS)
        names = [name for topic in topics if (name := topic + DEAD_LETTER) in known.topics]
        numbers = {name: count(bootstrap_servers, name) for name in names}
    except KafkaException as err:
        raise ServiceError(f"Kafka {bootstrap_servers}: {err.args[0].str()}; invoke status") from err
    return {name: number for name, number in numbers.items() if number}


def count(bootstrap_servers: str, name: str) -> int:
    """Return how many letters the dead-letter topic *name* holds; KafkaException when Kafka does not answer."""
    with opened(bootstrap_servers) as consumer:
        low, high = bounds(consumer, name)
        first = next(iter(read(consumer, name, low, high)), None)
        last = tail(consumer, name, bool)
    return last[-1].number - first.number + 1 if first and last else 0


@contextlib.contextmanager
def opened(bootstrap_servers: str) -> Iterator[Consumer]:
    """Yield a consumer of committed letters."""
    options = {
        "bootstrap.servers": bootstrap_servers,
        "group.id": "lakestand-letters",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 20,
        "queued.max.messages.kbytes": 16 << 10,
        "log_level": 0,
    }
    with contextlib.closing(Consumer(options)) as consumer:
        yield consumer


def bounds(consumer: Consumer, name: str) -> tuple[int, int]:
    """Return a dead-letter topic's first offset and the one after its last; both 0 where there is no such topic."""
    try:
        return consumer.get_watermark_offsets(TopicPartition(name, 0), timeout=ASK_SECONDS)
    except KafkaException as err:
        if err.args[0].code() not in NOT_THERE:
            raise
        return 0, 0


def tail(consumer: Consumer, name: str, enough: Callable[[Sequence[Letter]], bool]) -> list[Letter]:
    """Return the last letters of a dead-letter topic, in order: as many as make *enough* true, or all."""
    low, begin = bounds(consumer, name)
    letters: list[Letter] = []
    step = STEP
    while begin > low and not enough(letters):
        end, begin = begin, max(low, begin - step)
        letters = [*read(consumer, name, begin, end), *letters]
        step *= GROWTH
    return letters


def read(consumer: Consumer, name: str, begin: int, end: int) -> Iterator[Letter]:
    """Yield the letters at the offsets from *begin* up to, but not including, *end*."""
    if begin >= end:
        return
    consumer.assign([TopicPartition(name, 0, begin)])
    while (message := consumer.poll(ASK_SECONDS)) is not None:
        if error := message.error():
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                return
            raise KafkaException(error)
        if cast("int", message.offset()) >= end:
            return
        yield _letter(message)
    raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001


def _letter(message: Message) -> Letter:
    given = cast("list[tuple[str, bytes]]", message.headers() or [])
    headers = {name: (value or b"").decode() for name, value in given}
    place = PLACE.search(headers.get(POSITION, ""))
    partition, offset = map(int, place.groups()) if place else (-1, -1)
    return Letter(partition, offset, int(headers.get(NUMBER, cast("int", message.offset()) + 1)))
