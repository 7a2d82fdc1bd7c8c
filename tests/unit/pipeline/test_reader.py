"""How much a reader takes at a time: by number, and of large records by bytes."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer, KafkaError, Message

from lakestand.pipeline.reader import BYTES_PER_BATCH, BYTES_PER_CALL, MESSAGES_PER_CALL, Reader


class Large(Message):
    """A message of a topic, as the client hands it over."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def error(self) -> KafkaError | None:
        return None

    def topic(self) -> str:
        return "shop.public.orders"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 0

    def key(self) -> bytes | None:
        return None

    def value(self) -> bytes | None:
        return b"{}"

    def timestamp(self) -> tuple[int, int]:
        return (1, 0)


class Endless(Consumer):
    """A consumer whose topic has records of *size* without end; it keeps how many were asked for at a time."""

    def __init__(self, size: int) -> None:
        super().__init__({"bootstrap.servers": "127.0.0.1:1", "group.id": "g", "log_level": 0})
        self.message, self.asked = Large(size), list[int]()

    def consume(self, num_messages: int = 1, timeout: float = -1) -> list[Message]:
        self.asked.append(num_messages)
        return [self.message] * num_messages if timeout else []


@pytest.mark.parametrize(("size", "calls"), [(700, 10), (4_400, 10)], ids=["payloads", "with their schema"])
def test_ordinary_records_are_limited_by_their_number(size: int, calls: int) -> None:
    consumer = Endless(size)
    reader = Reader(consumer, 10_000)
    reader.read()

    reader.read()

    assert consumer.asked == [MESSAGES_PER_CALL] * 2 * calls


def test_of_large_records_fewer_are_read_the_larger_they_are() -> None:
    size = 1 << 20
    consumer = Endless(size)
    reader = Reader(consumer, 10_000)
    reader.read()
    consumer.asked.clear()

    reader.read()

    assert set(consumer.asked) == {BYTES_PER_CALL // size}
    assert sum(consumer.asked) * size <= BYTES_PER_BATCH + BYTES_PER_CALL


def test_a_record_larger_than_any_bound_is_read_alone() -> None:
    consumer = Endless(BYTES_PER_CALL * 2)
    reader = Reader(consumer, 10_000)
    reader.read()
    consumer.asked.clear()

    reader.read()

    assert consumer.asked == [1]
