"""Finding a table's snapshots: the current one, by id, as of a time, by tag or branch; and expiring old ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update import AssertRefSnapshotId, RemoveSnapshotsUpdate

from lakestand.errors import TableError
from lakestand.lake.iceberg import tables
from lakestand.lake.iceberg.committing import commit_with_retry


def current(table: Table) -> Snapshot | None:
    """Return the snapshot that readers see, or None when the table was never written."""
    return table.current_snapshot()


def by_id(table: Table, snapshot_id: int) -> Snapshot:
    """Return the snapshot with that id; TableError when it has expired or never existed."""
    snapshot = table.snapshot_by_id(snapshot_id)
    if snapshot is None:
        raise TableError(f"{tables.name(table)} has no snapshot {snapshot_id}: it was expired, or is another table's")
    return snapshot


def as_of(table: Table, when: datetime) -> Snapshot:
    """Return the snapshot that readers saw at *when*; TableError for a time before the first one that is left."""
    snapshot = table.snapshot_as_of_timestamp(int(when.timestamp() * 1000))
    if snapshot is None:
        first = min((e.timestamp_ms for e in table.history()), default=None)
        since = f"its history begins at {_time(first).isoformat()}" if first else "it was never written"
        raise TableError(f"{tables.name(table)} had no snapshot at {when.isoformat()}: {since}")
    return snapshot


def by_name(table: Table, ref: str) -> Snapshot:
    """Return the snapshot that a tag or a branch points at; TableError when there is none."""
    snapshot = table.snapshot_by_name(ref)
    if snapshot is None:
        raise TableError(
            f"{tables.name(table)} has no tag or branch {ref}; there are {', '.join(sorted(table.refs()))}"
        )
    return snapshot


def read(table: Table, snapshot: Snapshot) -> pa.Table:
    """Return all rows of a snapshot, with the columns that the table had then."""
    return table.scan(snapshot_id=snapshot.snapshot_id).to_arrow()


def ancestors(table: Table, snapshot: Snapshot) -> Iterator[Snapshot]:
    """Yield *snapshot*, its parent, and so on, newest first, as far as they have not expired."""
    current: Snapshot | None = snapshot
    while current is not None:
        yield current
        parent = current.parent_snapshot_id
        current = None if parent is None else table.snapshot_by_id(parent)


def history(table: Table) -> list[Snapshot]:
    """Return the current snapshot and its ancestors, oldest first, without those that were rolled back."""
    snapshot = table.current_snapshot()
    return list(ancestors(table, snapshot))[::-1] if snapshot else []


def expire(table: Table, older_than: timedelta, keep: int = 1) -> list[int]:
    """Remove old snapshots from the table's metadata, and return their ids.

    Files that only they used stay in the store; `maintenance.maintain` deletes these.

    Args:
        table: to expire snapshots of.
        older_than: age above which a snapshot expires.
        keep: how many snapshots of each branch stay, however old they are; tagged ones stay too.

    Raises:
        TableError: when no commit was confirmed within a minute.
    """
    before = int((datetime.now(UTC) - older_than).timestamp() * 1000)
    removed: dict[int, None] = {}

    def attempt() -> list[int]:
        table.refresh()
        if old := expired(table, before, keep):
            removed.update(dict.fromkeys(old))
            # Not by PyIceberg's expire_snapshots(): in 0.10 it remembers the ids of other tables.
            heads = tuple(AssertRefSnapshotId(snapshot_id=s.snapshot_id, ref=name) for name, s in table.refs().items())
            table.catalog.commit_table(table, heads, (RemoveSnapshotsUpdate(snapshot_ids=old),))
            table.refresh()
        # Also those of an attempt whose answer was lost.
        return [i for i in removed if table.snapshot_by_id(i) is None]

    return commit_with_retry(attempt, tables.name(table))


def expired(table: Table, before: int | None, keep: int) -> list[int]:
    """Return the ids of all snapshots but the last *keep* of each branch or tag, of those older than *before* (ms)."""
    kept = {s.snapshot_id for ref in table.refs() for s in _last(table, by_name(table, ref), keep)}
    old = (s for s in table.snapshots() if before is None or s.timestamp_ms < before)
    return [s.snapshot_id for s in old if s.snapshot_id not in kept]


def _last(table: Table, snapshot: Snapshot, count: int) -> list[Snapshot]:
    return [s for s, _ in zip(ancestors(table, snapshot), range(max(count, 1)), strict=False)]


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
