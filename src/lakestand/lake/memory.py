"""Tables in memory: what every other sink must agree with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from lakestand.lake import keys
from lakestand.lake.arrow import conform
from lakestand.lake.table import Batch, Mark, Partition


@dataclass
class MemoryTable:
    """Rows and positions, replaced together."""

    name: str
    rows: pa.Table
    marks: dict[Partition, Mark] = field(default_factory=dict)

    def schema(self) -> pa.Schema:
        """The rows'."""
        return self.rows.schema

    def position(self, partition: Partition) -> int:
        """Of the marks."""
        return self.marks[partition].next_offset if partition in self.marks else 0

    def topic_id(self, topic: str) -> str:
        """Of the marks."""
        return next((m.topic_id for s, m in self.marks.items() if s.topic == topic), "")

    def evolve(self, schema: pa.Schema) -> None:
        """Fill and cast."""
        self.rows = conform(self.rows, schema)

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """Concatenate."""
        if not mark.is_due(self.position(mark.partition), self.name):
            return
        self.rows, self.marks[mark.partition] = pa.concat_tables([self.rows, rows]).combine_chunks(), mark

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Drop the keys' rows, then append."""
        if not mark.is_due(self.position(mark.partition), self.name):
            return
        present = self.rows.slice(0, 0) if batch.truncate else self.rows
        rows = pa.concat_tables([keys.without(present, batch.keys), keys.fill_unknown(batch, present)])
        self.rows, self.marks[mark.partition] = rows.combine_chunks(), mark

    def read(self) -> pa.Table:
        """All rows."""
        return self.rows

    def version(self) -> str:
        """Of the marks."""
        return f"offsets {sorted(m.next_offset for m in self.marks.values())}"

    def batches(self) -> Iterator[pa.Table]:
        """One."""
        yield self.rows


@dataclass
class Memory:
    """Tables by name."""

    name: str = "memory"
    tables: dict[str, MemoryTable] = field(default_factory=dict)

    def table(self, name: str, schema: pa.Schema) -> MemoryTable:
        """Made when it is not there."""
        return self.tables.setdefault(name, MemoryTable(name, schema.empty_table()))

    def existing(self, name: str) -> MemoryTable | None:
        """None when it is not there."""
        return self.tables.get(name)

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """Arrow holds everything."""
        return schema
