"""What changed in a table between two of its snapshots, and reading on from where one stopped."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot

from lakestand.errors import TableError
from lakestand.lake.iceberg import files, multiset, snapshots, tables
from lakestand.lake.iceberg.compaction import COMPACTION

# Names and values of Spark's procedure create_changelog_view.
CHANGE, ORDINAL, SNAPSHOT = "_change_type", "_change_ordinal", "_commit_snapshot_id"
INSERT, DELETE = "INSERT", "DELETE"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Up to which snapshot of which table somebody has read; None is before the first."""

    table_uuid: str
    snapshot_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Increment:
    """What came since a checkpoint. Who stores *checkpoint* together with what *rows* became uses each row once."""

    rows: pa.Table
    checkpoint: Checkpoint


def begin(table: Table) -> Checkpoint:
    """Before the table's first snapshot."""
    return Checkpoint(table_uuid=str(table.metadata.table_uuid))


def read(table: Table, since: Checkpoint) -> Increment:
    """The changelog from a checkpoint of this table until now; TableError for another table's."""
    table.refresh()
    if since.table_uuid != str(table.metadata.table_uuid):
        raise TableError(
            f"{tables.name(table)} is not the table that the checkpoint was made of: it was dropped and made again. "
            "Read it whole, from a new checkpoint"
        )
    now = table.current_snapshot()
    at = Checkpoint(table_uuid=since.table_uuid, snapshot_id=now.snapshot_id if now else None)
    return Increment(rows=changelog(table, since.snapshot_id), checkpoint=at)


def added(table: Table, since: int | None = None, until: int | None = None) -> pa.Table:
    """The rows that appends brought after snapshot *since*, up to and with *until* (now).

    What deletes and overwrites did is left out; `changelog` has it.
    """
    appends = [s for s in between(table, since, until) if s.summary and s.summary.operation == Operation.APPEND]
    return files.read_files(table, [f for s in appends for f in files.changed_files(table, s)[0]])


def changelog(table: Table, since: int | None = None, until: int | None = None) -> pa.Table:
    """Rows inserted and deleted after snapshot *since*, up to and with *until* (now), in the order of the commits.

    Columns: the table's present ones, `_change_type` (INSERT or DELETE), `_change_ordinal` (0 for the first commit)
    and `_commit_snapshot_id`. An update is a DELETE and an INSERT. Rows that a commit only carried into another file
    are left out, and so are compactions.
    """
    found = [s for s in between(table, since, until) if not _is_rewrite(s)]
    parts = [part for ordinal, snapshot in enumerate(found) for part in _changes(table, ordinal, snapshot)]
    return pa.concat_tables(parts or [_labelled(files.read_files(table, ()), INSERT, 0, 0)])


def between(table: Table, since: int | None, until: int | None) -> list[Snapshot]:
    """The snapshots after *since* up to *until* (now), oldest first; TableError where some of them are gone."""
    last = snapshots.by_id(table, until) if until is not None else table.current_snapshot()
    found: list[Snapshot] = []
    for snapshot in snapshots.ancestors(table, last) if last else ():
        if snapshot.snapshot_id == since:
            return found[::-1]
        found.append(snapshot)
    # Expiry may wipe the parent of the first one left: only its sequence number tells whether others were before it.
    first = found[-1] if found else None
    if since is None and (first is None or (first.parent_snapshot_id is None and (first.sequence_number or 1) == 1)):
        return found[::-1]
    what = (
        f"snapshot {since} is no ancestor of {last.snapshot_id if last else 'an empty table'}"
        if since
        else "its first snapshots have expired"
    )
    raise TableError(
        f"{tables.name(table)}: {what}, what changed since cannot be told. Read the table whole, "
        "and go on from its current snapshot"
    )


def _changes(table: Table, ordinal: int, snapshot: Snapshot) -> list[pa.Table]:
    new, old = (files.read_files(table, found) for found in files.changed_files(table, snapshot))
    gone, come = multiset.without(old, new), multiset.without(new, old)
    return [_labelled(rows, kind, ordinal, snapshot.snapshot_id) for rows, kind in ((gone, DELETE), (come, INSERT))]


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
