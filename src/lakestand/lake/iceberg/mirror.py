"""Merge on read for an Iceberg mirror: old rows are marked in position-delete files, and their files stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from lakestand.lake.iceberg import deletes, files
from lakestand.lake.iceberg.change import REWRITE_ROWS, Change, plan
from lakestand.lake.iceberg.holdings import Held, Holdings, dropped
from lakestand.lake.iceberg.rowdelta import RowDelta
from lakestand.lake.iceberg.transaction import Transaction
from lakestand.lake.iceberg.upkeep import old_snapshots
from lakestand.lake.iceberg.words import Words
from lakestand.lake.table import Batch

FILE_BYTES = 256 << 20  # of rows in memory: PyIceberg writes them as one file, in their order


@dataclass(frozen=True, kw_only=True)
class Written:
    """A change whose files are in the store, with what the index is to learn of them once they are committed."""

    change: Change
    snapshot_id: int
    added: Sequence[tuple[Held, Words]]
    deletes: Sequence[DataFile]


@dataclass
class Mirror:
    """Merges batches into a table of format version 2 that has a key.

    Per data file there is at most one delete file of ours, which each commit replaces. Files of which a batch changes
    rows are rewritten instead, the smallest first, while they have *rewrite_rows* rows together.
    """

    table: Table
    rewrite_rows: int = REWRITE_ROWS
    _holdings: Holdings | None = None
    _written: Written | None = field(default=None, init=False)

    def stage(self, transaction: Transaction, batch: Batch) -> None:
        """Write the files that make the table follow *batch*, and stage one snapshot of them in *transaction*.

        Once the transaction is committed, `landed` must be called.
        """
        self._written = None
        holdings = self._follow(batch)
        change = plan(self.table, holdings, batch, self.rewrite_rows)
        if not change.is_empty:
            self._written = self._stage(transaction, holdings, change)

    def landed(self) -> None:
        """Take the staged change over if it is what the table's current snapshot holds: nothing has to be read."""
        written, self._written = self._written, None
        snapshot = self.table.current_snapshot()
        if written is None or snapshot is None or snapshot.snapshot_id != written.snapshot_id:
            return
        holdings, self._holdings = self._holdings, None  # unless all of it succeeds, they are built anew
        if holdings is not None:
            _take_over(holdings, written)
            self._holdings = holdings

    def _follow(self, batch: Batch) -> Holdings:
        columns = {column.name: column for column in self.table.schema().fields}
        key = Schema(*(columns[name] for name in batch.keys.column_names))
        if self._holdings is None or self._holdings.key != key:
            self._holdings = Holdings(key)
        self._holdings.follow(self.table)
        return self._holdings

    def _stage(self, transaction: Transaction, holdings: Holdings, change: Change) -> Written:
        marking = deletes.POOL.map(lambda mark: deletes.write(self.table, mark[0].file, mark[1]), change.marked)
        added = [(holdings.new(file), keys) for file, keys in self._write(holdings, change.rows)]
        marks = list(marking)
        delta = RowDelta(transaction, change.operation)
        delta.add(data=[held.file for held, _ in added], deletes=marks)
        delta.remove(
            data=[held.file for held in change.gone],
            deletes=dropped([*change.gone, *(held for held, _ in change.marked)]),
        )
        delta.commit()
        transaction._apply(tuple(old_snapshots(self.table)))  # noqa: SLF001
        return Written(change=change, snapshot_id=delta.snapshot_id, added=added, deletes=marks)

    def _write(self, holdings: Holdings, rows: pa.Table) -> Iterator[tuple[DataFile, Words]]:
        """Write *rows* to new data files, and yield each with the words of its keys in the order of its rows."""
        in_order = self.table.spec().is_unpartitioned()
        for part in _parts(rows):
            for file in files.write(self.table, part):
                is_whole = in_order and file.record_count == part.num_rows
                keys = part if is_whole else files.read_columns(self.table, file, holdings.key)
                yield file, holdings.words(keys)


def _take_over(holdings: Holdings, written: Written) -> None:
    for held in written.change.gone:
        holdings.forget(held.file.file_path)
    for (held, deleted), file in zip(written.change.marked, written.deletes, strict=True):
        shared = {path: by for path, by in held.by.items() if deletes.target(by) is None}
        holdings.hold(replace(held, deleted=deleted, by={**shared, file.file_path: file}))
    for held, keys in written.added:
        holdings.hold(held)
        holdings.index.add(keys, held.number)
    holdings.snapshot_id = written.snapshot_id


def _parts(rows: pa.Table) -> Iterator[pa.Table]:
    """Yield *rows* in parts of at most FILE_BYTES."""
    count = max(1, rows.num_rows * FILE_BYTES // max(1, rows.nbytes)) if rows.nbytes > FILE_BYTES else rows.num_rows
    for start in range(0, rows.num_rows, max(1, count)):
        yield rows.slice(start, count)
