"""Where a table's tags and branches point, main among them; a change is made once, whatever happens to the answer."""

from __future__ import annotations

from pyiceberg.table import Table
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRef, SnapshotRefType
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update import AssertRefSnapshotId, SetSnapshotRefUpdate

from lakestand.errors import TableError
from lakestand.lake.iceberg import tables
from lakestand.lake.iceberg.committing import commit_with_retry
from lakestand.lake.iceberg.snapshots import ancestors
from lakestand.lake.iceberg.table import POSITION


def tag(table: Table, name: str, snapshot: Snapshot) -> None:
    """Name a snapshot for good: it does not expire while the tag is there. TableError for a name in other use."""
    _name(table, name, SnapshotRef(snapshot_id=snapshot.snapshot_id, snapshot_ref_type=SnapshotRefType.TAG))


def branch(table: Table, name: str, snapshot: Snapshot) -> None:
    """Begin a branch at a snapshot. TableError for a name in other use."""
    _name(table, name, SnapshotRef(snapshot_id=snapshot.snapshot_id, snapshot_ref_type=SnapshotRefType.BRANCH))


def forget(table: Table, name: str) -> None:
    """Remove a tag or a branch; the snapshots stay until they expire."""
    table.refresh()
    ref = table.refs().get(name)
    if ref is None or name == MAIN_BRANCH:
        raise TableError(f"{tables.name(table)} has no tag or branch {name} that could be removed")

    def attempt() -> None:
        if name in table.refresh().refs():
            with table.manage_snapshots() as change:
                (change.remove_tag if ref.snapshot_ref_type == SnapshotRefType.TAG else change.remove_branch)(name)

    commit_with_retry(attempt, tables.name(table))


def rollback(table: Table, snapshot: Snapshot) -> None:
    """Readers see *snapshot* again, an ancestor of the present one; later snapshots stay until they expire.

    Refused where another writer committed since *table* was loaded. Columns that came later stay, and are null.
    """
    seen = table.current_snapshot()
    if seen is None or snapshot.snapshot_id not in {s.snapshot_id for s in ancestors(table, seen)}:
        raise TableError(
            f"{tables.name(table)} cannot be rolled back to {snapshot.snapshot_id}, no ancestor of its present snapshot"
        )
    if any(name.startswith(POSITION) for name in table.properties):
        raise TableError(
            f"{tables.name(table)} is written by a pipeline, whose position would not go back: what the rollback takes "
            "away would not be written again. Drop the table and run the pipeline to fill it anew"
        )
    commit_with_retry(lambda: _set_main(table, seen.snapshot_id, snapshot.snapshot_id), tables.name(table))


def _name(table: Table, name: str, wanted: SnapshotRef) -> None:
    def attempt() -> None:
        now = table.refresh().refs().get(name)
        if now is None:
            _set(table, name, None, wanted)
        elif now != wanted:
            raise TableError(f"{tables.name(table)} has a tag or branch {name} already")

    commit_with_retry(attempt, tables.name(table))


def _set_main(table: Table, seen: int, wanted: int) -> None:
    now = table.refresh().refs()[MAIN_BRANCH].snapshot_id
    if now not in (seen, wanted):
        raise TableError(
            f"{tables.name(table)} is not rolled back: another writer committed meanwhile, snapshot {now}. Look at its "
            "history, and roll back again if that commit may go too"
        )
    if now != wanted:
        _set(table, MAIN_BRANCH, seen, SnapshotRef(snapshot_id=wanted, snapshot_ref_type=SnapshotRefType.BRANCH))


def _set(table: Table, name: str, seen: int | None, wanted: SnapshotRef) -> None:
    """One commit, which the catalogue refuses where *name* does not point at *seen* any more."""
    table.catalog.commit_table(
        table,
        (AssertRefSnapshotId(snapshot_id=seen, ref=name),),
        (SetSnapshotRefUpdate(ref_name=name, type=wanted.snapshot_ref_type, snapshot_id=wanted.snapshot_id),),
    )
    table.refresh()
