"""One Iceberg table, by PyIceberg: rows, deletes and positions in one transaction."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
from pyiceberg.exceptions import NoSuchTableError, RESTError
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import Table as PyIcebergTable

from lakestand.clients import retry
from lakestand.errors import TableGone
from lakestand.lake import outage
from lakestand.lake.arrow import conform, plain_schema
from lakestand.lake.iceberg.committing import is_transient
from lakestand.lake.iceberg.rewrite import rewrite
from lakestand.lake.iceberg.transaction import Transaction
from lakestand.lake.table import Batch, Mark, Partition

T = TypeVar("T")

POSITION, TOPIC_ID = "lakestand.position.", "lakestand.topic-id."


@dataclass
class IcebergTable:
    """A table of the catalogue; positions are properties of the table, for a snapshot may be left out."""

    name: str
    table: PyIcebergTable
    retry_seconds: float = retry.COMMIT_SECONDS

    def schema(self) -> pa.Schema:
        """From the catalogue's metadata."""
        return plain_schema(self.table.schema().as_arrow())

    def position(self, partition: Partition) -> int:
        """From the table's properties, or from the snapshot that an engine wrote which cannot set them with rows."""
        key = _position(partition)
        return max(int(self.table.properties.get(key, "0")), int(self._told(key) or 0))

    def topic_id(self, topic: str) -> str:
        """From the same places."""
        return self.table.properties.get(TOPIC_ID + topic, "") or self._told(TOPIC_ID + topic)

    def keep(self, mark: Mark) -> None:
        """Set the properties alone, of rows whose snapshot has the mark."""
        self._outlast(lambda: self._keep(mark))

    def evolve(self, schema: pa.Schema) -> None:
        """Union by name: adds columns, nested ones too, and widens."""

        def union() -> None:
            self.table.refresh()
            with self.table.update_schema() as update:
                update.union_by_name(schema)

        self._outlast(union)

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """One snapshot."""
        self._commit(mark, lambda transaction: transaction.append(rows))

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Copy on write in one transaction: one metadata version with up to two snapshots."""
        self._commit(mark, lambda transaction: rewrite(self.table, transaction, batch, self.schema()))

    def read(self) -> pa.Table:
        """All rows as of now."""

        def scan() -> pa.Table:
            self.table.refresh()
            return conform(self.table.scan().to_arrow(), self.schema())

        return self._outlast(scan)

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

    def _commit(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        attempts = itertools.count()

        def attempt() -> None:
            if next(attempts):
                self.table.refresh()
            # Not due: the attempt whose answer was lost went through.
            if mark.is_due(self.position(mark.partition), self.name):
                self._attempt(mark, change)

        self._outlast(attempt)

    def _attempt(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        with Transaction(self.table) as transaction:
            change(transaction)
            transaction.set_properties(mark_properties(mark))

    def _keep(self, mark: Mark) -> None:
        self.table.refresh()
        with Transaction(self.table) as transaction:
            transaction.set_properties(mark_properties(mark))

    def _told(self, key: str) -> str:
        """What the newest snapshot says that knows *key*."""
        snapshot = self.table.current_snapshot()
        while snapshot is not None:
            if snapshot.summary is not None and (value := snapshot.summary.additional_properties.get(key)):
                return value
            parent = snapshot.parent_snapshot_id
            snapshot = None if parent is None else self.table.snapshot_by_id(parent)
        return ""

    def _outlast(self, work: Callable[[], T]) -> T:
        try:
            return outage.outlast(work, name=self.name, is_transient=is_transient, seconds=self.retry_seconds)
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


def mark_properties(mark: Mark) -> dict[str, str]:
    """What a commit records with its rows."""
    return {_position(mark.partition): str(mark.next_offset), TOPIC_ID + mark.partition.topic: mark.topic_id}


def _position(partition: Partition) -> str:
    return f"{POSITION}{partition.topic}.{partition.number}"
