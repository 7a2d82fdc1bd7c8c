"""Tags and branches of a table, and rolling main back. A change is made once, even when its answer is lost."""

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
    """Tag a snapshot, which does not expire while the tag exists; TableError when the name points at another one."""
    _create(table, name, SnapshotRef(snapshot_id=snapshot.snapshot_id, snapshot_ref_type=SnapshotRefType.TAG))


def branch(table: Table, name: str, snapshot: Snapshot) -> None:
    """Start a branch at a snapshot; TableError when the name is taken."""
    _create(table, name, SnapshotRef(snapshot_id=snapshot.snapshot_id, snapshot_ref_type=SnapshotRefType.BRANCH))


def forget(table: Table, name: str) -> None:
    """Remove a tag or a branch; its snapshots stay until they expire. TableError when there is none."""
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
    """Make *snapshot*, an ancestor of the current one, the current one again.

    Later snapshots stay until they expire. Columns that were added later stay too, and are null.

    Raises:
        TableError: when the snapshot is no ancestor, when a pipeline writes the table, or when another writer committed
            since *table* was loaded.
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


def _create(table: Table, name: str, wanted: SnapshotRef) -> None:
    def attempt() -> None:
        present = table.refresh().refs().get(name)
        if present is None:
            _set(table, name, None, wanted)
        elif present != wanted:
            raise TableError(f"{tables.name(table)} has a tag or branch {name} already")

    commit_with_retry(attempt, tables.name(table))


def _set_main(table: Table, seen: int, wanted: int) -> None:
    current = table.refresh().refs()[MAIN_BRANCH].snapshot_id
    if current not in (seen, wanted):
        raise TableError(
            f"{tables.name(table)} is not rolled back: another writer committed meanwhile, snapshot {current}. Look at "
            "its history, and roll back again if that commit may go too"
        )
    if current != wanted:
        _set(table, MAIN_BRANCH, seen, SnapshotRef(snapshot_id=wanted, snapshot_ref_type=SnapshotRefType.BRANCH))


def _set(table: Table, name: str, seen: int | None, wanted: SnapshotRef) -> None:
    """Point *name* at *wanted* in a commit that the catalogue refuses unless it points at *seen*."""
    table.catalog.commit_table(
        table,
        (AssertRefSnapshotId(snapshot_id=seen, ref=name),),
        (SetSnapshotRefUpdate(ref_name=name, type=wanted.snapshot_ref_type, snapshot_id=wanted.snapshot_id),),
    )
    table.refresh()
