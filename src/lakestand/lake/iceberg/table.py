"""One Iceberg table, written by PyIceberg: rows, deletes and Kafka positions in one transaction."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import pyarrow as pa
from pyiceberg.exceptions import NoSuchTableError, RESTError
from pyiceberg.table import Table as PyIcebergTable

from lakestand.clients import retry
from lakestand.lake import outage
from lakestand.lake.arrow import plain_schema
from lakestand.lake.iceberg import files
from lakestand.lake.iceberg.change import REWRITE_ROWS
from lakestand.lake.iceberg.committing import is_transient
from lakestand.lake.iceberg.compaction import compact
from lakestand.lake.iceberg.mirror import Mirror
from lakestand.lake.iceberg.rewrite import rewrite
from lakestand.lake.iceberg.snapshots import ancestors
from lakestand.lake.iceberg.transaction import Transaction
from lakestand.lake.table import Batch, Mark, Partition

T = TypeVar("T")

POSITION, TOPIC_ID = "lakestand.position.", "lakestand.topic-id."
# A table's own form of deletes, which takes the place of the sink's.
DELETES = "lakestand.mirror.deletes"
Form = Literal["position", "copy"]
MERGE_ON_READ = 2  # the format version of position-delete files


@dataclass
class IcebergTable:
    """An Iceberg table whose positions are table properties, for a batch may leave no snapshot that could hold them.

    Spark cannot set properties together with rows: it leaves the position in its snapshot's summary, which counts too.

    Attributes:
        name: of the table in messages.
        table: PyIceberg's handle.
        retry_seconds: how long errors that may pass are outlasted.
        deletes: how a merge takes old rows away where the table's properties do not say it: marked in position-delete
            files, or by copy on write.
        rewrite_rows: files of so many rows are rewritten instead of marked.
    """

    name: str
    table: PyIcebergTable
    retry_seconds: float = retry.COMMIT_SECONDS
    deletes: Form = "position"
    rewrite_rows: int = REWRITE_ROWS
    _mirror: Mirror = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._mirror = Mirror(self.table, self.rewrite_rows)

    def schema(self) -> pa.Schema:
        """Return the columns of the metadata that was loaded last."""
        return plain_schema(self.table.schema().as_arrow())

    def position(self, partition: Partition) -> int:
        """Return the greater of the positions in the table's properties and in the newest snapshot that has one."""
        key = _position(partition)
        return max(int(self.table.properties.get(key, "0")), int(self._from_snapshots(key) or 0))

    def topic_id(self, topic: str) -> str:
        """Return the id in the table's properties, or in the newest snapshot that has one."""
        return self.table.properties.get(TOPIC_ID + topic, "") or self._from_snapshots(TOPIC_ID + topic)

    def topics(self) -> set[str]:
        """Return the topics in the table's properties."""
        return {key.removeprefix(TOPIC_ID) for key in self.table.properties if key.startswith(TOPIC_ID)}

    def set_mark(self, mark: Mark) -> None:
        """Set the properties of *mark* alone, after a commit whose snapshot has it in its summary."""
        self._outlast(lambda: self._set_mark(mark))

    def evolve(self, schema: pa.Schema) -> None:
        """Add and widen columns by name, nested ones too."""

        def union() -> None:
            self.table.refresh()
            with self.table.update_schema() as update:
                update.union_by_name(schema)

        self._outlast(union)

    def rename(self, path: Sequence[str], name: str) -> None:
        """Rename a column in the metadata; no file is written."""

        def attempt() -> None:
            self.table.refresh()
            with self.table.update_schema() as update:
                update.rename_column(tuple(path), name)

        self._outlast(attempt)

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """Add *rows* in one snapshot."""
        self._commit(mark, lambda transaction: transaction.append(rows))

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Apply *batch* in one commit: one snapshot with delete files, or at most two of copy on write."""
        if self.form() == "position":
            self._commit(mark, lambda transaction: self._mirror.stage(transaction, batch))
            self._mirror.landed()
            return
        if _has_delete_files(self.table):  # readers of such a table may know none
            compact(self.table)
        self._commit(mark, lambda transaction: rewrite(self.table, transaction, batch, self.schema()))

    def form(self) -> Form:
        """Return how the next merge takes old rows away."""
        wanted = self.table.properties.get(DELETES, self.deletes)
        return "position" if wanted == "position" and self.table.format_version == MERGE_ON_READ else "copy"

    def read(self) -> pa.Table:
        """Return all rows of the newest snapshot."""

        def scan() -> pa.Table:
            self.table.refresh()
            return files.read_scan(self.table)

        return self._outlast(scan)

    def version(self) -> str:
        """Return the id of the current snapshot, if there is one."""
        snapshot = self.table.current_snapshot()
        return f"snapshot {snapshot.snapshot_id}" if snapshot else "no snapshot"

    def batches(self) -> Iterator[pa.Table]:
        """Yield rows file by file."""
        yield from files.scan_batches(self.table)

    def _commit(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        attempts = itertools.count()

        def attempt() -> None:
            if next(attempts):
                self.table.refresh()
            # Not due when an attempt whose answer was lost was carried out.
            if mark.is_due(self.position(mark.partition), self.name):
                self._attempt(mark, change)

        self._outlast(attempt)

    def _attempt(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        with Transaction(self.table) as transaction:
            # Also of a change without rows: its position must not take the place of another pipeline's later one.
            transaction.require_head()
            change(transaction)
            transaction.set_properties(mark_properties(mark))

    def _set_mark(self, mark: Mark) -> None:
        self.table.refresh()
        with Transaction(self.table) as transaction:
            transaction.set_properties(mark_properties(mark))

    def _from_snapshots(self, key: str) -> str:
        """Return *key* from the summary of the newest snapshot that has it, or nothing."""
        current = self.table.current_snapshot()
        for snapshot in ancestors(self.table, current) if current else ():
            if snapshot.summary is not None and (value := snapshot.summary.additional_properties.get(key)):
                return value
        return ""

    def _outlast(self, work: Callable[[], T]) -> T:
        try:
            return outage.outlast(work, name=self.name, is_transient=is_transient, seconds=self.retry_seconds)
        except NoSuchTableError as err:
            raise outage.table_gone(self.name) from err
        except RESTError as err:  # PyIceberg has no exception of its own for the 404 of a commit
            if "NoSuchTable" not in str(err):
                raise
            raise outage.table_gone(self.name) from err


def _has_delete_files(table: PyIcebergTable) -> bool:
    snapshot = table.current_snapshot()
    count = snapshot.summary.additional_properties.get("total-delete-files") if snapshot and snapshot.summary else "0"
    return count != "0"


def mark_properties(mark: Mark) -> dict[str, str]:
    """Return the table properties that record *mark*."""
    return {_position(mark.partition): str(mark.next_offset), TOPIC_ID + mark.partition.topic: mark.topic_id}


def _position(partition: Partition) -> str:
    return f"{POSITION}{partition.topic}.{partition.number}"
