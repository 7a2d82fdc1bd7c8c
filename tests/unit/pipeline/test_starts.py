"""Where a pipeline begins to read, from the positions of its tables."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer, TopicPartition

from lakestand.errors import SinkAway
from lakestand.lake.memory import Memory, MemoryTable
from lakestand.lake.table import Partition
from lakestand.pipeline.reports import Kind
from lakestand.pipeline.starts import Start, find_starts
from lakestand.pipeline.target import Target
from lakestand.pipeline.topics import TopicDescription
from tests.unit.pipeline.connect import TOPIC, decoded, record, row

ORDERS = TopicDescription(TOPIC, "topic-id", 2)


class Bounded(Consumer):
    """A consumer whose broker has the offsets from *first* up to *end* in every partition."""

    def __init__(self, first: int, end: int) -> None:
        super().__init__({"bootstrap.servers": "127.0.0.1:1", "group.id": "g", "log_level": 0})
        self.bounds = first, end

    def get_watermark_offsets(
        self, partition: TopicPartition, timeout: float = 0, cached: bool = False
    ) -> tuple[int, int]:
        assert (partition.topic, timeout, cached) == (TOPIC, 10, False)
        return self.bounds


def target(kind: Kind, *offsets: int) -> Target:
    """Return a target that holds the events at *offsets* of partition 0."""
    filled = Target(TOPIC, Memory(), kind, "topic-id")
    for offset in offsets:
        filled.apply(decoded(record(offset, "c", after=row(offset)))[0])
    return filled


def starts(first: int, end: int, *targets: Target) -> tuple[dict[Partition, Start], list[str]]:
    """Return each partition's start, and the warnings."""
    warnings: list[str] = []
    return find_starts(Bounded(first, end), [ORDERS], targets, warnings.append, _raise), warnings


def _raise(_target: Target, err: Exception) -> None:
    raise err


def test_a_partition_begins_where_the_target_that_is_furthest_behind_stands() -> None:
    behind, ahead = target("mirror", 0, 1), target("changelog", 0, 1, 2, 3)

    assert starts(0, 9, behind, ahead) == ({Partition(TOPIC, 0): Start(2, 9), Partition(TOPIC, 1): Start(0, 9)}, [])


def test_targets_of_another_topic_hold_nothing_back() -> None:
    other = Target("shop.public.customers", Memory(), "mirror", "other-id")

    assert starts(0, 9, target("mirror", 0, 1), other)[0][Partition(TOPIC, 0)] == Start(2, 9)


def test_records_that_retention_deleted_before_they_were_read_are_a_warning() -> None:
    places, warnings = starts(5, 9, target("mirror", 0, 1))

    assert places == {Partition(TOPIC, 0): Start(5, 9), Partition(TOPIC, 1): Start(5, 9)}
    (warning,) = warnings
    assert warning.startswith(f"{TOPIC}[0]: records 2 to 4 were deleted by retention before a table read them. ")


def test_a_target_that_is_beyond_the_topics_end_stands_still_and_holds_no_other_back() -> None:
    halted = list[tuple[Target, str]]()
    beyond, good = target("mirror", 0, 1, 2, 3), target("changelog", 0)

    places = find_starts(
        Bounded(0, 3), [ORDERS], [beyond, good], _raise_text, lambda one, err: halted.append((one, str(err)))
    )

    assert places == {Partition(TOPIC, 0): Start(1, 3), Partition(TOPIC, 1): Start(0, 3)}
    ((one, text),) = halted
    assert one is beyond
    assert text.startswith("orders holds shop.public.orders[0] up to 4, but the topic ends at 3")


def test_a_topic_none_of_whose_targets_can_go_on_is_not_read() -> None:
    halted = list[str]()

    places = find_starts(
        Bounded(0, 3), [ORDERS], [target("mirror", 3)], _raise_text, lambda _one, err: halted.append(type(err).__name__)
    )

    assert (places, halted) == ({}, ["PositionError"])


def test_many_targets_are_asked_for_together_and_those_that_exist_go_on_where_they_stand() -> None:
    class Counting(Memory):
        """Tables that count how often one of them is asked for."""

        asked = 0

        def existing(self, name: str) -> MemoryTable | None:
            self.asked += 1
            return super().existing(name)

    sink = Counting()
    filled = Target(TOPIC, sink, "mirror", "topic-id")
    filled.apply(decoded(record(3, "c", after=row(3)))[0])
    others = [Target(f"shop.public.t{n}", sink, "mirror", "topic-id") for n in range(20)]
    sink.asked = 0

    places, _ = starts(0, 9, Target(TOPIC, sink, "mirror", "topic-id"), *others)

    assert (places[Partition(TOPIC, 0)], sink.asked) == (Start(4, 9), 1)


def test_a_store_that_is_away_concerns_all() -> None:
    class Away(Memory):
        """A store that does not answer."""

        def existing(self, name: str) -> MemoryTable | None:
            raise SinkAway(name)

    with pytest.raises(SinkAway, match="orders"):
        starts(0, 3, Target(TOPIC, Away(), "mirror", "topic-id"))


def _raise_text(text: str) -> None:
    raise AssertionError(text)
