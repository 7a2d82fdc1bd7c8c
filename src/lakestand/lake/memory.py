"""Tables in memory: the reference that every other table format must agree with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from lakestand.lake import keys
from lakestand.lake.arrow import conform, renamed
from lakestand.lake.table import Batch, Mark, Partition


@dataclass
class MemoryTable:
    """A table whose rows and marks are replaced together."""

    name: str
    rows: pa.Table
    marks: dict[Partition, Mark] = field(default_factory=dict)

    def schema(self) -> pa.Schema:
        """Return the schema of the rows."""
        return self.rows.schema

    def position(self, partition: Partition) -> int:
        """Return the next offset of the partition's last mark, or 0."""
        return self.marks[partition].next_offset if partition in self.marks else 0

    def topic_id(self, topic: str) -> str:
        """Return the id in any mark of a partition of *topic*, or nothing."""
        return next((m.topic_id for p, m in self.marks.items() if p.topic == topic), "")

    def topics(self) -> set[str]:
        """Return the topics of all marks."""
        return {partition.topic for partition in self.marks}

    def evolve(self, schema: pa.Schema) -> None:
        """Add columns of nulls and cast the others."""
        self.rows = conform(self.rows, schema)

    def rename(self, path: Sequence[str], name: str) -> None:
        """Rename a column of the rows."""
        self.rows = renamed(self.rows, path, name)

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """Put *rows* after those that are there."""
        if not mark.is_due(self.position(mark.partition), self.name):
            return
        self._replace(pa.concat_tables([self.rows, rows]), mark)

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Remove the rows of the batch's keys, then add its upserts."""
        if not mark.is_due(self.position(mark.partition), self.name):
            return
        present = self.rows.slice(0, 0) if batch.truncate else self.rows
        self._replace(pa.concat_tables([keys.without(present, batch.keys), keys.fill_unknown(batch, present)]), mark)

    def read(self) -> pa.Table:
        """Return the rows."""
        return self.rows

    def version(self) -> str:
        """Return the next offsets of all partitions, ascending."""
        return f"offsets {sorted(m.next_offset for m in self.marks.values())}"

    def batches(self) -> Iterator[pa.Table]:
        """Yield the rows as one table."""
        yield self.rows

    def _replace(self, rows: pa.Table, mark: Mark) -> None:
        self.rows = rows.combine_chunks()
        self.marks[mark.partition] = mark


@dataclass
class Memory:
    """The tables that were made so far, by their names."""

    name: str = "memory"
    tables: dict[str, MemoryTable] = field(default_factory=dict)
    spaces: dict[str, Memory] = field(default_factory=dict)

    def table(self, name: str, schema: pa.Schema) -> MemoryTable:
        """Return the table of that name; an empty one is made when it does not exist."""
        return self.tables.setdefault(name, MemoryTable(name, schema.empty_table()))

    def existing(self, name: str) -> MemoryTable | None:
        """Return the table of that name, or None."""
        return self.tables.get(name)

    def within(self, namespace: str) -> Memory:
        """Return the memory of that name within this one."""
        return self.spaces.setdefault(namespace, Memory(self.name))

    def missing(self, names: Collection[str]) -> set[str]:
        """Return those of *names* that no table has."""
        return set(names) - self.tables.keys()

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """Return *schema* unchanged: Arrow has every type that the decoder makes."""
        return schema
