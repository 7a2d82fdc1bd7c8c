"""Cutting off the prefix of values: the schema, of which a JSON record mostly consists, or its id.

It is the same in all records of a table version, so it need not be read, copied and kept again for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import cast

from lakestand.pipeline.decoding import formats
from lakestand.pipeline.decoding.records import RecordColumns


@dataclass
class SchemaStripper:
    """Cuts off prefixes. It remembers the last one of every topic, which the next record most likely has too."""

    _last: dict[str, bytes] = field(default_factory=dict)

    def strip(self, records: RecordColumns) -> Iterator[RecordColumns]:
        """Split *records* where the prefix changes, and cut it off; tombstones are left out.

        A record without a schema comes alone, whole, and with an empty prefix.
        """
        rest = records.without_tombstones()
        values, begin = cast("Sequence[bytes]", rest.values), 0
        while begin < len(values):
            prefix = self._prefix(rest.partition.topic, values[begin])
            end = _end(values, begin, prefix)
            run = rest.slice(begin, end)
            # Slices, not the values: those are large, and freed before the next ones are read.
            yield (replace(run, prefix=prefix, values=[v[len(prefix) :] for v in values[begin:end]]) if prefix else run)
            begin = end

    def _prefix(self, topic: str, value: bytes) -> bytes:
        last = self._last.get(topic)
        if last is not None and value.startswith(last):
            return last
        prefix = value[: formats.detect(value).prefix_length(value)]
        if prefix:
            self._last[topic] = prefix
        return prefix


def _end(values: Sequence[bytes], begin: int, prefix: bytes) -> int:
    """The index after the last of the values from *begin* on that start with *prefix*."""
    if not prefix:
        return begin + 1
    alike = list(map(bytes.startswith, values[begin:], repeat(prefix)))
    return begin + alike.index(False) if False in alike else len(values)
