"""Incremental reading: the rows that changed between two snapshots, and going on from a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot

from lakestand.errors import TableError
from lakestand.lake.iceberg import differences, files, multiset, snapshots, tables
from lakestand.lake.iceberg.compaction import COMPACTION

# Names and values of Spark's procedure create_changelog_view.
CHANGE, ORDINAL, SNAPSHOT = "_change_type", "_change_ordinal", "_commit_snapshot_id"
INSERT, DELETE = "INSERT", "DELETE"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The last snapshot of a table that was read, or None before the first one.

    The table is known by its UUID, for a table that is dropped and created again has the same name.
    """

    table_uuid: str
    snapshot_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Increment:
    """The changes since a checkpoint, and the checkpoint after them.

    To use each change exactly once, store *checkpoint* in the same commit as the results of *rows*.
    """

    rows: pa.Table
    checkpoint: Checkpoint


def begin(table: Table) -> Checkpoint:
    """Return the checkpoint before the table's first snapshot."""
    return Checkpoint(table_uuid=str(table.metadata.table_uuid))


def read(table: Table, since: Checkpoint) -> Increment:
    """Return the changelog from a checkpoint until now.

    Raises:
        TableError: when the checkpoint is another table's, or when snapshots after it have expired.
    """
    table.refresh()
    if since.table_uuid != str(table.metadata.table_uuid):
        raise TableError(
            f"{tables.name(table)} is not the table that the checkpoint was made of: it was dropped and made again. "
            "Read it whole, from a new checkpoint"
        )
    current = table.current_snapshot()
    checkpoint = Checkpoint(table_uuid=since.table_uuid, snapshot_id=current.snapshot_id if current else None)
    return Increment(rows=changelog(table, since.snapshot_id), checkpoint=checkpoint)


def added(table: Table, since: int | None = None, until: int | None = None) -> pa.Table:
    """Return the rows that appends added after snapshot *since*, up to and including *until* (default: now).

    The work of deletes and overwrites is left out; `changelog` has it too.
    """
    appends = [s for s in between(table, since, until) if s.summary and s.summary.operation == Operation.APPEND]
    return files.read_files(table, [f for s in appends for f in files.changed_files(table, s)[0]])


def changelog(table: Table, since: int | None = None, until: int | None = None) -> pa.Table:
    """Return the rows inserted and deleted after snapshot *since*, up to and including *until* (default: now).

    They come in the order of the commits, with the table's present columns and those of Spark's create_changelog_view:
    `_change_type` (INSERT or DELETE), `_change_ordinal` (0 for the first commit) and `_commit_snapshot_id`. An update
    is a DELETE and an INSERT. Rows that a commit only moved to another file are left out, and so are compactions.

    Raises:
        TableError: when some of the snapshots have expired, or when one has equality deletes or deletion vectors.
    """
    commits = [s for s in between(table, since, until) if not _is_rewrite(s)]
    parts = [part for ordinal, snapshot in enumerate(commits) for part in _changes(table, ordinal, snapshot)]
    return pa.concat_tables(parts or [_labelled(files.read_files(table, ()), INSERT, 0, 0)])


def between(table: Table, since: int | None, until: int | None) -> list[Snapshot]:
    """Return the snapshots after *since* up to *until* (default: now), oldest first.

    Raises:
        TableError: when *since* is no ancestor of *until*, or when some of them have expired.
    """
    last = snapshots.by_id(table, until) if until is not None else table.current_snapshot()
    later: list[Snapshot] = []
    for snapshot in snapshots.ancestors(table, last) if last else ():
        if snapshot.snapshot_id == since:
            return later[::-1]
        later.append(snapshot)
    # Expiry may remove the parent of the first one left; its sequence number shows whether others came before it.
    first = later[-1] if later else None
    if since is None and (first is None or (first.parent_snapshot_id is None and (first.sequence_number or 1) == 1)):
        return later[::-1]
    what = (
        f"snapshot {since} is no ancestor of {last.snapshot_id if last else 'an empty table'}"
        if since
        else "its first snapshots have expired"
    )
    raise TableError(
        f"{tables.name(table)}: {what}, so what changed since is not known. Read the table whole, "
        "and go on from its current snapshot"
    )


def _changes(table: Table, ordinal: int, snapshot: Snapshot) -> list[pa.Table]:
    new, old = differences.changed_rows(table, snapshot)
    deleted = multiset.without(old, new)
    inserted = multiset.without(new, old)
    return [
        _labelled(rows, kind, ordinal, snapshot.snapshot_id) for rows, kind in ((deleted, DELETE), (inserted, INSERT))
    ]


def _is_rewrite(snapshot: Snapshot) -> bool:
    summary = snapshot.summary
    return bool(summary and (summary.operation == Operation.REPLACE or COMPACTION in summary.additional_properties))


def _labelled(rows: pa.Table, kind: str, ordinal: int, snapshot_id: int) -> pa.Table:
    labels = ((CHANGE, kind, pa.string()), (ORDINAL, ordinal, pa.int32()), (SNAPSHOT, snapshot_id, pa.int64()))
    for name, value, type_ in labels:
        rows = rows.append_column(
            pa.field(name, type_, nullable=False), pa.repeat(pa.scalar(value, type_), rows.num_rows)
        )
    return rows
