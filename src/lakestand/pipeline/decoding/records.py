"""Kafka records: one by one, and many of a partition in columns, which is many times faster in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Any, NamedTuple

from lakestand.lake.table import Partition
from lakestand.pipeline.event import Position

Pick = Callable[[Sequence[Any]], Sequence[Any]]


class KafkaRecord(NamedTuple):
    """A Kafka message, as far as the pipeline needs it; *value* is None in a tombstone."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int = 0

    @property
    def position(self) -> Position:
        """Where the record lies in Kafka."""
        return Position(self.topic, self.partition, self.offset)


@dataclass(frozen=True, kw_only=True)
class RecordColumns:
    """Records of one partition in their order, a sequence per column; all sequences have the same length.

    Attributes:
        values: without *prefix*.
        prefix: what all values began with, where a SchemaStripper cut it off.
    """

    partition: Partition
    offsets: Sequence[int]
    keys: Sequence[bytes | None]
    values: Sequence[bytes | None]
    timestamps_ms: Sequence[int]
    prefix: bytes = b""

    def __len__(self) -> int:
        return len(self.offsets)

    def record(self, number: int) -> KafkaRecord:
        """The record at index *number*, with its prefix back in place."""
        n, payload = number, self.values[number]
        value = None if payload is None else self.prefix + payload
        return KafkaRecord(*self.partition, self.offsets[n], self.keys[n], value, self.timestamps_ms[n])

    def slice(self, begin: int, end: int) -> RecordColumns:
        """The records from index *begin* up to, but not including, *end*."""
        if (begin, end) == (0, len(self)):
            return self
        return self._each(lambda column: column[begin:end])

    def without_tombstones(self) -> RecordColumns:
        """The records that have a value."""
        if None not in self.values:
            return self
        return self.take([i for i, value in enumerate(self.values) if value is not None])

    def take(self, numbers: Sequence[int]) -> RecordColumns:
        """The records at the indexes *numbers*."""
        return self._each(lambda column: [column[i] for i in numbers])

    def _each(self, pick: Pick) -> RecordColumns:
        return replace(
            self,
            offsets=pick(self.offsets),
            keys=pick(self.keys),
            values=pick(self.values),
            timestamps_ms=pick(self.timestamps_ms),
        )


def group_by_partition(records: Iterable[KafkaRecord]) -> Iterator[RecordColumns]:
    """Put neighbouring records of the same partition into columns."""
    for partition, group in groupby(records, key=lambda r: Partition(r.topic, r.partition)):
        _, _, offsets, keys, values, times = zip(*group, strict=True)
        yield RecordColumns(partition=partition, offsets=offsets, keys=keys, values=values, timestamps_ms=times)


def merge_by_partition(parts: Iterable[RecordColumns]) -> Iterator[RecordColumns]:
    """Join the parts of each partition that have the same prefix and follow each other; sorted by partition."""
    ordered = sorted(parts, key=lambda part: part.partition)  # stable: the order within a partition stays
    for (partition, prefix), group in groupby(ordered, key=lambda part: (part.partition, part.prefix)):
        same = list(group)
        yield RecordColumns(
            partition=partition,
            prefix=prefix,
            offsets=list(chain.from_iterable(p.offsets for p in same)),
            keys=list(chain.from_iterable(p.keys for p in same)),
            values=list(chain.from_iterable(p.values for p in same)),
            timestamps_ms=list(chain.from_iterable(p.timestamps_ms for p in same)),
        )
