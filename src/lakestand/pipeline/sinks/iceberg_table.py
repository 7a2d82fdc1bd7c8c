"""One Iceberg table, by PyIceberg: rows, deletes and positions in one transaction."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.exceptions import (
    CommitFailedException,
    CommitStateUnknownException,
    NoSuchTableError,
    RESTError,
    ServerError,
    ServiceUnavailableError,
)
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, GreaterThanOrEqual, In, LessThanOrEqual
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import Table as PyIcebergTable
from pyiceberg.table import Transaction

from lakestand.errors import TableGone
from lakestand.pipeline import keys
from lakestand.pipeline.batch import Batch
from lakestand.pipeline.event import Source
from lakestand.pipeline.schema import conform, plain
from lakestand.pipeline.sinks import Mark, patience

T = TypeVar("T")

POSITION, TOPIC_ID = "lakestand.position.", "lakestand.topic-id."
# A batch of new keys only deletes nothing; that is no news.
warnings.filterwarnings("ignore", message="Delete operation did not match any records")

# Another's commit, an answer that was lost, and whatever the network and the store say when they are away.
TRANSIENT = (
    CommitFailedException,
    CommitStateUnknownException,
    ServerError,
    ServiceUnavailableError,
    OSError,
)


def passing(err: BaseException) -> bool:
    """Whether the same call may succeed a moment later.

    So it may after a missing file: maintenance removes what expired snapshots named, and the table is loaded again.
    """
    return isinstance(err, TRANSIENT)


@dataclass
class IcebergTable:
    """A table of the catalogue; positions are properties of the table, for a snapshot may be left out."""

    name: str
    table: PyIcebergTable
    patience: float = patience.SECONDS

    def schema(self) -> pa.Schema:
        """From the catalogue's metadata."""
        return plain(self.table.schema().as_arrow())

    def position(self, source: Source) -> int:
        """From the table's properties."""
        return int(self.table.properties.get(_position(source), "0"))

    def topic_id(self, topic: str) -> str:
        """From the table's properties."""
        return self.table.properties.get(TOPIC_ID + topic, "")

    def evolve(self, schema: pa.Schema) -> None:
        """Union by name: adds columns, nested ones too, and widens."""

        def union() -> None:
            self.table.refresh()
            with self.table.update_schema() as update:
                update.union_by_name(schema)

        self._patiently(union)

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """One snapshot."""
        self._commit(mark, lambda transaction: transaction.append(rows))

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Delete and append in one transaction: one metadata version with up to two snapshots."""

        def change(transaction: Transaction) -> None:
            where = AlwaysTrue() if batch.truncate else matching(batch.keys)
            present = self._read(where) if self._must_look(batch) else self.schema().empty_table()
            lost = present.slice(0, 0) if batch.truncate else present
            rows = pa.concat_tables([keys.without(lost, batch.keys), keys.filled(batch, lost)])
            if self.table.current_snapshot() is not None:
                transaction.delete(where)
            if rows.num_rows:
                transaction.append(rows)

        self._commit(mark, change)

    def read(self) -> pa.Table:
        """All rows as of now."""

        def scan() -> pa.Table:
            self.table.refresh()
            return self._read(AlwaysTrue())

        return self._patiently(scan)

    def version(self) -> str:
        """The current snapshot's id."""
        snapshot = self.table.current_snapshot()
        return f"snapshot {snapshot.snapshot_id}" if snapshot else "no snapshot"

    def batches(self) -> Iterator[pa.Table]:
        """One file after the other: PyIceberg's own reader takes all files at once and holds what is not asked for."""
        scan, schema = self.table.scan(), self.schema()
        reader = ArrowScan(self.table.metadata, self.table.io, scan.projection(), AlwaysTrue())
        for task in scan.plan_files():
            for batch in reader.to_record_batches([task]):
                yield conform(pa.Table.from_batches([batch]), schema)

    def _must_look(self, batch: Batch) -> bool:
        # An inexact delete takes rows that must come back, and unknown values are in the table only.
        return self.table.current_snapshot() is not None and bool(batch.unknown or not _exact(batch.keys))

    def _read(self, where: BooleanExpression) -> pa.Table:
        return conform(self.table.scan(row_filter=where).to_arrow(), self.schema())

    def _commit(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        attempts = itertools.count()

        def attempt() -> None:
            if next(attempts):
                self.table.refresh()
            # Not due: the attempt whose answer was lost went through.
            if mark.is_due(self.position(mark.source), self.name):
                self._attempt(mark, change)

        self._patiently(attempt)

    def _attempt(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        with self.table.transaction() as transaction:
            change(transaction)
            marks = {
                _position(mark.source): str(mark.next_offset),
                TOPIC_ID + mark.source.topic: mark.topic_id,
            }
            transaction.set_properties(marks)

    def _patiently(self, work: Callable[[], T]) -> T:
        try:
            return patience.patiently(work, name=self.name, passing=passing, seconds=self.patience)
        except NoSuchTableError as err:
            raise self._gone() from err
        except RESTError as err:  # PyIceberg knows no name for the 404 of a commit
            if "NoSuchTable" not in str(err):
                raise
            raise self._gone() from err

    def _gone(self) -> TableGone:
        return TableGone(
            f"{self.name} was dropped under the pipeline. Start it again to fill the table anew from the topic's "
            "beginning, or leave the topic out"
        )


def _position(source: Source) -> str:
    return f"{POSITION}{source.topic}.{source.partition}"


def _exact(found: pa.Table) -> bool:
    return found.num_columns == 1 and "." not in found.column_names[0]


def matching(found: pa.Table) -> BooleanExpression:
    """A filter that takes all rows with one of the keys, and others too where they are not exact.

    The bounds let the scan skip files: of more than 200 values in a set it looks at none.
    """
    expression: BooleanExpression = AlwaysTrue()
    for name in found.column_names:
        if "." in name:  # PyIceberg reads its rows as those of a nested column
            continue
        values = pc.unique(found[name])
        bounds = pc.min_max(values).as_py()
        least, most = GreaterThanOrEqual(name, bounds["min"]), LessThanOrEqual(name, bounds["max"])
        expression = And(expression, And(And(least, most), In(name, values.to_pylist())))
    return expression
