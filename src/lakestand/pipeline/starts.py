"""Where a pipeline begins to read: the tables' own positions are its only memory of what it did before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from confluent_kafka import Consumer

from lakestand.lake.table import Partition
from lakestand.pipeline.target import Target
from lakestand.pipeline.topics import TopicDescription, offset_bounds


class Start(NamedTuple):
    """The first offset to be read of a partition, and the one after its last at the moment of asking."""

    offset: int
    end: int


def find_starts(
    consumer: Consumer, topics: Iterable[TopicDescription], targets: Sequence[Target], warn: Callable[[str], None]
) -> dict[Partition, Start]:
    """The start of every partition of *topics*: the position of the target that is furthest behind.

    Targets that are further ahead drop what they hold already. *warn* is called where retention deleted records that
    a target may have needed. PositionError when a target's position cannot be one of its topic.
    """
    starts = {}
    for topic in topics:
        fed = [target for target in targets if target.topic == topic.name]
        for partition in topic.partitions:
            first, end = offset_bounds(consumer, partition)
            position = min((target.next_offset(topic, partition, end) for target in fed), default=0)
            place = f"{partition.topic}[{partition.number}]"
            if 0 < position < first:  # no error: a tombstone is no event either, and may be all that is missing
                warn(
                    f"{place}: records {position} to {first - 1} were deleted by retention before a table read them. "
                    "If they were changes, drop the table to fill it anew"
                )
            starts[partition] = Start(max(first, position), end)
    return starts
