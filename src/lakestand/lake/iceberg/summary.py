"""Tables and their snapshots in a line each, for lists and reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from lakestand.lake.iceberg import tables


@dataclass(frozen=True, kw_only=True)
class TableSummary:
    """A table in one line; rows, files and bytes are None where the current snapshot's summary lacks them."""

    table: str
    format_version: int
    rows: int | None
    files: int | None
    bytes: int | None
    snapshots: int
    partitions: str


@dataclass(frozen=True, kw_only=True)
class SnapshotSummary:
    """A snapshot in one line.

    Attributes:
        at: UTC time of the commit, to the millisecond.
        snapshot_id: as a text, for JSON's numbers lose its last digits.
        operation: append, overwrite, delete or replace.
        added_rows: as its summary counts them; None where it does not.
        deleted_rows: likewise.
        refs: the branches and tags that point at it.
    """

    at: str
    snapshot_id: str
    operation: str
    added_rows: int | None
    deleted_rows: int | None
    refs: str


def summarize_all(catalog: Catalog) -> Iterator[TableSummary]:
    """Yield a line for each table of the catalogue, by name."""
    return map(summarize, tables.load_all(catalog))


def summarize(table: Table) -> TableSummary:
    """Return the line of one table."""
    current = table.current_snapshot()
    return TableSummary(
        table=tables.name(table),
        format_version=table.format_version,
        rows=_rows(current) if current else 0,
        files=_count(current, "total-data-files") if current else 0,
        bytes=_count(current, "total-files-size") if current else 0,
        snapshots=len(table.snapshots()),
        partitions=", ".join(field.name for field in table.spec().fields),
    )


def history(table: Table) -> list[SnapshotSummary]:
    """Return a line for each snapshot that is left, oldest first, also those off the main branch."""
    return [_summarize_snapshot(table, s) for s in sorted(table.snapshots(), key=lambda s: s.sequence_number or 0)]


def _summarize_snapshot(table: Table, snapshot: Snapshot) -> SnapshotSummary:
    return SnapshotSummary(
        at=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        snapshot_id=str(snapshot.snapshot_id),
        operation=snapshot.summary.operation.value if snapshot.summary else "",
        added_rows=_count(snapshot, "added-records"),
        deleted_rows=_count(snapshot, "deleted-records"),
        refs=", ".join(sorted(n for n, ref in table.refs().items() if ref.snapshot_id == snapshot.snapshot_id)),
    )


def _rows(snapshot: Snapshot) -> int | None:
    """Return the rows of the data files without those that position deletes hide, as far as these are counted."""
    records = _count(snapshot, "total-records")
    return None if records is None else records - (_count(snapshot, "total-position-deletes") or 0)


def _count(snapshot: Snapshot, name: str) -> int | None:
    value = snapshot.summary.additional_properties.get(name) if snapshot.summary else None
    return int(value) if value is not None else None
