"""A faster transaction for tables with many snapshots."""

from __future__ import annotations

from typing import Any, Self

from pyiceberg.table import Table
from pyiceberg.table import Transaction as PyIcebergTransaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.update import AssertRefSnapshotId


class Transaction(PyIcebergTransaction):
    """PyIceberg's transaction, with its metadata copied once for each staged change.

    PyIceberg reads the metadata some twenty times a commit and copies all snapshots each time; so a commit to a table
    of 600 snapshots takes a quarter of its time here.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._copied: tuple[tuple[Any, ...], TableMetadata] | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def require_head(self) -> None:
        """Let the commit fail when the table's current snapshot is another one by then."""
        head = self._table.metadata.current_snapshot_id
        self._apply((), (AssertRefSnapshotId(snapshot_id=head, ref=MAIN_BRANCH),))

    @property
    def table_metadata(self) -> TableMetadata:
        """Return the table's metadata with the changes staged so far."""
        state = (self._table.metadata, self._updates)
        if self._copied is None or any(now is not then for now, then in zip(state, self._copied[0], strict=True)):
            self._copied = (state, super().table_metadata)
        return self._copied[1]
