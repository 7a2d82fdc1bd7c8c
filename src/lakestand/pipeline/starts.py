"""Where a pipeline begins to read: the tables' own positions are its only memory of what it did before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from confluent_kafka import Consumer

from lakestand.lake.table import Partition, Sink
from lakestand.pipeline.halts import CONCERNS_ALL
from lakestand.pipeline.target import Target
from lakestand.pipeline.topics import TopicDescription, offset_bounds

# So many targets each ask for their own table: the answer holds the position too.
FEW = 8
Warn = Callable[[str], None]
Halt = Callable[[Target, Exception], None]


class Start(NamedTuple):
    """The first offset to be read of a partition, and the one after its last at the moment of asking."""

    offset: int
    end: int


def find_starts(
    consumer: Consumer, topics: Iterable[TopicDescription], targets: Sequence[Target], warn: Warn, halt: Halt
) -> dict[Partition, Start]:
    """The start of every partition of *topics*: the position of the target that is furthest behind.

    Targets that are further ahead drop what they hold already. A topic none of whose targets can go on has no start.

    Args:
        consumer: asks the broker for the partitions' bounds.
        topics: what is to be read.
        targets: of these topics.
        warn: is called where retention deleted records that a target may have needed.
        halt: is called with a target that cannot tell its position, or whose position cannot be one of its topic.
    """
    starts: dict[Partition, Start] = {}
    fresh = _fresh(targets)
    for topic in topics:
        bounds = {partition: offset_bounds(consumer, partition) for partition in topic.partitions}
        fed = [target for target in targets if target.topic == topic.name]
        positions = [
            at
            for target in fed
            if (at := dict.fromkeys(bounds, 0) if id(target) in fresh else _positions(target, topic, bounds, halt))
            is not None
        ]
        for partition, (first, end) in bounds.items() if positions else ():
            position = min(at[partition] for at in positions)
            if 0 < position < first:  # no error: a tombstone is no event either, and may be all that is missing
                place = f"{partition.topic}[{partition.number}]"
                warn(
                    f"{place}: records {position} to {first - 1} were deleted by retention before a table read them. "
                    "If they were changes, drop the table to fill it anew"
                )
            starts[partition] = Start(max(first, position), end)
    return starts


def _fresh(targets: Sequence[Target]) -> set[int]:
    """The ids of targets whose table does not exist, by one question a namespace; none where there are few targets."""
    if len(targets) <= FEW:
        return set()
    sinks: list[tuple[Sink, list[Target]]] = []
    for target in targets:
        ours = next((known for sink, known in sinks if sink == target.sink), None)
        if ours is None:
            sinks.append((target.sink, ours := []))
        ours.append(target)
    missing = [(sink.missing({target.name for target in ours}), ours) for sink, ours in sinks]
    return {id(target) for names, ours in missing for target in ours if target.name in names}


def _positions(
    target: Target, topic: TopicDescription, bounds: dict[Partition, tuple[int, int]], halt: Halt
) -> dict[Partition, int] | None:
    """Where *target* stands in each partition; None, once *halt* was called, when it cannot go on."""
    try:
        return {partition: target.next_offset(topic, partition, end) for partition, (_, end) in bounds.items()}
    except CONCERNS_ALL:
        raise
    except Exception as err:  # noqa: BLE001  whatever it is, it is this table's alone
        halt(target, err)
        return None
