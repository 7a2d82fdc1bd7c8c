"""Where changes go. Each sink passes test_sinks.py and test_sink_contract.py; memory.py is the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import pyarrow as pa

from lakestand.errors import Overtaken, PositionError


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a mirror must do to follow some events.

    Attributes:
        truncate: empty the table first.
        keys: every key that the events touch, a column a key field; their present rows go away.
        upserts: the rows that take their place.
        unknown: column → row numbers of *upserts* where PostgreSQL left out an unchanged large value:
            the table's present value stays.
    """

    truncate: bool
    keys: pa.Table
    upserts: pa.Table
    unknown: Mapping[str, list[int]]


@dataclass(frozen=True)
class Mark:
    """What a commit records with its rows: the next offset of a partition, and which topic it is an offset of.

    *since* is the position that the rows follow on from.
    """

    partition: Partition
    since: int
    next_offset: int
    topic_id: str

    def is_due(self, position: int, table: str) -> bool:
        """Whether the rows are still to be written, as the table stands at *position*."""
        if position == self.since:
            return True
        if position >= self.next_offset:
            return False
        where = f"{table} stands at {position} of {self.partition.topic}[{self.partition.number}]"
        if position > self.since:
            raise Overtaken(f"{where}, not {self.since}: another pipeline writes the same table; stop one of them")
        raise PositionError(f"{where}, but stood at {self.since}: it was replaced. Start the pipeline anew to fill it")


class Table(Protocol):
    """One target table. A write and its mark become visible together or not at all."""

    name: str

    def schema(self) -> pa.Schema:
        """The present columns, as `schema.plain` has them."""

    def position(self, partition: Partition) -> int:
        """The next offset of *partition*; 0 before the first commit."""

    def topic_id(self, topic: str) -> str:
        """The id of the topic that the positions belong to; empty before the first commit."""

    def evolve(self, schema: pa.Schema) -> None:
        """Take *schema*, which adds or widens columns."""

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """Add rows. This and merge: nothing when the table holds them; Overtaken when it holds a part of them."""

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Apply a batch: afterwards each of its keys has the row that the batch says, or none."""

    def read(self) -> pa.Table:
        """All rows as of now, in no order."""

    def version(self) -> str:
        """What this object last saw of the table: a snapshot or a version."""

    def batches(self) -> Iterator[pa.Table]:
        """All rows of that version as `schema`, in no order and in chunks: of a data file's size at most."""


class Sink(Protocol):
    """A kind of table in one place."""

    @property
    def name(self) -> str:
        """What the kind is called."""

    def table(self, name: str, schema: pa.Schema) -> Table:
        """The table of that name; made with *schema* when it is not there."""

    def existing(self, name: str) -> Table | None:
        """The table of that name, if it is there."""

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """*schema* with the types that this kind of table can hold."""
