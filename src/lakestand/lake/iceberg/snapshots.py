"""A table's snapshots: now, by id, as of a time, by tag or branch; and letting old ones go."""

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
    """The snapshot that readers see; None in a table that was never written."""
    return table.current_snapshot()


def by_id(table: Table, snapshot_id: int) -> Snapshot:
    """TableError for one that is not there any more, or never was."""
    found = table.snapshot_by_id(snapshot_id)
    if found is None:
        raise TableError(f"{tables.name(table)} has no snapshot {snapshot_id}: it was expired, or is another table's")
    return found


def as_of(table: Table, when: datetime) -> Snapshot:
    """What readers saw at *when*; TableError for a time before the first snapshot that is left."""
    found = table.snapshot_as_of_timestamp(int(when.timestamp() * 1000))
    if found is None:
        first = min((e.timestamp_ms for e in table.history()), default=None)
        since = f"its history begins at {_time(first).isoformat()}" if first else "it was never written"
        raise TableError(f"{tables.name(table)} had no snapshot at {when.isoformat()}: {since}")
    return found


def by_name(table: Table, ref: str) -> Snapshot:
    """What a tag or a branch points at."""
    found = table.snapshot_by_name(ref)
    if found is None:
        raise TableError(
            f"{tables.name(table)} has no tag or branch {ref}; there are {', '.join(sorted(table.refs()))}"
        )
    return found


def read(table: Table, snapshot: Snapshot) -> pa.Table:
    """All rows of a snapshot, with the columns that it had."""
    return table.scan(snapshot_id=snapshot.snapshot_id).to_arrow()


def ancestors(table: Table, snapshot: Snapshot) -> Iterator[Snapshot]:
    """*snapshot* and those it was built upon, newest first, as far as they are left."""
    at: Snapshot | None = snapshot
    while at is not None:
        yield at
        at = table.snapshot_by_id(at.parent_snapshot_id) if at.parent_snapshot_id is not None else None


def history(table: Table) -> list[Snapshot]:
    """The present snapshot's ancestors and itself, oldest first; what was rolled back is not among them."""
    now = table.current_snapshot()
    return list(ancestors(table, now))[::-1] if now else []


def expire(table: Table, older_than: timedelta, keep: int = 1) -> list[int]:
    """Forget the snapshots older than that, except the last *keep* of each branch and what tags name; returns ids.

    The files that only they used are left: `maintenance` deletes them. Again when another writer was faster.
    """
    before = int((datetime.now(UTC) - older_than).timestamp() * 1000)
    tried: dict[int, None] = {}

    def attempt() -> list[int]:
        table.refresh()
        if old := _expired(table, before, keep):
            tried.update(dict.fromkeys(old))
            # Not by PyIceberg's expire_snapshots(): in 0.10 it remembers the ids of other tables.
            heads = tuple(AssertRefSnapshotId(snapshot_id=s.snapshot_id, ref=name) for name, s in table.refs().items())
            table.catalog.commit_table(table, heads, (RemoveSnapshotsUpdate(snapshot_ids=old),))
            table.refresh()
        # Also those of a commit whose answer was lost.
        return [i for i in tried if table.snapshot_by_id(i) is None]

    return commit_with_retry(attempt, tables.name(table))


def _expired(table: Table, before: int, keep: int) -> list[int]:
    kept = {s.snapshot_id for ref in table.refs() for s in _last(table, by_name(table, ref), keep)}
    return [s.snapshot_id for s in table.snapshots() if s.timestamp_ms < before and s.snapshot_id not in kept]


def _last(table: Table, snapshot: Snapshot, count: int) -> list[Snapshot]:
    return [s for s, _ in zip(ancestors(table, snapshot), range(max(count, 1)), strict=False)]


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
