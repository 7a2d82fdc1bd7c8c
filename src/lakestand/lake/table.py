"""What a pipeline asks of a table format: the Protocols `Table` and `Sink`, and what passes between them.

The suite tests/unit/lake/test_sink*.py holds every format to them; `memory` is the reference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import pyarrow as pa

from lakestand.errors import Overtaken, PositionError


class Partition(NamedTuple):
    """One partition of one Kafka topic."""

    topic: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a mirror must do to follow some change events, at most one row a key.

    Attributes:
        truncate: whether to empty the table first.
        keys: every key that the events touch, with a column for each key field; the rows of these keys go away.
        upserts: the rows that take their place; a key without one is deleted.
        unknown: for some columns, the row numbers of *upserts* where PostgreSQL left out an unchanged large value
            (TOAST), so that the value in the table stays.
        moved: for some of these row numbers, the key of the row in the table that has the value: the row's key was
            changed, and *keys* has the old one too.
    """

    truncate: bool
    keys: pa.Table
    upserts: pa.Table
    unknown: Mapping[str, list[int]]
    moved: Mapping[int, tuple[object, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Mark:
    """Where a table stands in Kafka after a commit; it is recorded in the same commit as the rows.

    Attributes:
        partition: the one that the rows were read from.
        since: the offset of the first event in the commit: where the table must stand before it.
        next_offset: the offset after the last event in the commit: where the table stands after it.
        topic_id: Kafka's id of the topic, which changes when a topic is deleted and created again.
    """

    partition: Partition
    since: int
    next_offset: int
    topic_id: str

    def is_due(self, position: int, table: str) -> bool:
        """Return whether rows with this mark are still to be written to a table that stands at *position*.

        >>> mark = Mark(Partition("orders", 0), since=10, next_offset=20, topic_id="id")
        >>> mark.is_due(10, "orders"), mark.is_due(20, "orders")
        (True, False)

        Raises:
            Overtaken: when the table holds a part of the rows: another pipeline writes it too.
            PositionError: when the table lacks earlier rows: it was replaced meanwhile.
        """
        if position == self.since:
            return True
        if position >= self.next_offset:
            return False
        where = f"{table} stands at {position} of {self.partition.topic}[{self.partition.number}]"
        if position > self.since:
            raise Overtaken(f"{where}, not {self.since}: another pipeline writes the same table; stop one of them")
        raise PositionError(f"{where}, but stood at {self.since}: it was replaced. Start the pipeline anew to fill it")


class Table(Protocol):
    """One target table. The rows of a write and their mark become visible in one commit or not at all.

    A write whose rows the table holds already does nothing, so that any write may be repeated. Every method may raise
    SinkAway when the store or the catalogue does not answer for a minute, and TableGone when the table was dropped.
    """

    name: str

    def schema(self) -> pa.Schema:
        """Return the columns as they are now, with the types that `arrow.plain_schema` gives."""

    def position(self, partition: Partition) -> int:
        """Return the offset of the first event of *partition* that the table lacks; 0 before the first commit."""

    def topic_id(self, topic: str) -> str:
        """Return the id of the topic that the positions refer to; empty before the first commit."""

    def topics(self) -> set[str]:
        """Return the topics whose events the table holds, as far as it still knows."""

    def evolve(self, schema: pa.Schema) -> None:
        """Change the columns to *schema*, which only adds columns to the present ones or widens their types."""

    def rename(self, path: Sequence[str], name: str) -> None:
        """Rename the column at *path*, a name or the names down to a field of a struct, and keep its values."""

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """Add *rows*.

        Raises:
            Overtaken, PositionError: as `Mark.is_due` has them.
        """

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Apply *batch*: afterwards each of its keys has the row that the batch gives it, or none.

        Raises:
            Overtaken, PositionError: as `Mark.is_due` has them.
        """

    def read(self) -> pa.Table:
        """Return all rows of the newest version, in any order."""

    def version(self) -> str:
        """Return the name of the version that this object read last: a snapshot, a version, or offsets."""

    def batches(self) -> Iterator[pa.Table]:
        """Yield all rows of `version`, in any order, in tables of `schema` that hold at most one data file each."""


class Sink(Protocol):
    """A table format in one place: where the tables of one namespace are."""

    @property
    def name(self) -> str:
        """The format's name, as commands and messages have it."""

    def table(self, name: str, schema: pa.Schema) -> Table:
        """Return the table of that name; it is created with *schema* when it does not exist."""

    def existing(self, name: str) -> Table | None:
        """Return the table of that name, or None when it does not exist."""

    def missing(self, names: Collection[str]) -> set[str]:
        """Return those of *names* of which there is no table: one question for all of them."""

    def within(self, namespace: str) -> Sink:
        """Return the same place with the tables of another namespace."""

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """Return *schema* with each type that this format lacks replaced by one that it has."""
