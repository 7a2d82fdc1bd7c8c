"""What a table and its snapshots are, in a line each: for lists and reports."""

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
    """Rows, files and bytes as the present snapshot's summary counts them; None where its writer did not say."""

    table: str
    format_version: int
    rows: int | None
    files: int | None
    bytes: int | None
    snapshots: int
    partitions: str


@dataclass(frozen=True, kw_only=True)
class SnapshotSummary:
    """One commit: *at* in UTC; *refs* are the branches and tags that point at it. An id is a name, no number."""

    at: str
    snapshot_id: str
    operation: str
    added_rows: int | None
    deleted_rows: int | None
    refs: str


def summarize_all(catalog: Catalog) -> Iterator[TableSummary]:
    """All tables of a catalogue, by name."""
    return map(summarize, tables.load_all(catalog))


def summarize(table: Table) -> TableSummary:
    """One table."""
    now = table.current_snapshot()
    return TableSummary(
        table=tables.name(table),
        format_version=table.format_version,
        rows=_count(now, "total-records") if now else 0,
        files=_count(now, "total-data-files") if now else 0,
        bytes=_count(now, "total-files-size") if now else 0,
        snapshots=len(table.snapshots()),
        partitions=", ".join(field.name for field in table.spec().fields),
    )


def history(table: Table) -> list[SnapshotSummary]:
    """All commits that are left, oldest first: also those that a rollback or a branch set aside."""
    return [_line(table, s) for s in sorted(table.snapshots(), key=lambda s: s.sequence_number or 0)]


def _line(table: Table, snapshot: Snapshot) -> SnapshotSummary:
    return SnapshotSummary(
        at=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        snapshot_id=str(snapshot.snapshot_id),
        operation=snapshot.summary.operation.value if snapshot.summary else "",
        added_rows=_count(snapshot, "added-records"),
        deleted_rows=_count(snapshot, "deleted-records"),
        refs=", ".join(sorted(n for n, ref in table.refs().items() if ref.snapshot_id == snapshot.snapshot_id)),
    )


def _count(snapshot: Snapshot, name: str) -> int | None:
    value = snapshot.summary.additional_properties.get(name) if snapshot.summary else None
    return int(value) if value is not None else None
