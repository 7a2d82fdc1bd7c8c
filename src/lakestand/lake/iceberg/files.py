"""A table's files: the data files that a snapshot added or removed, their rows, and all paths that it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.manifest import DataFile, ManifestContent, ManifestEntryStatus
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Snapshot

from lakestand.errors import TableError
from lakestand.lake.arrow import conform, plain_schema
from lakestand.lake.iceberg import tables


def changed_files(table: Table, snapshot: Snapshot) -> tuple[list[DataFile], list[DataFile]]:
    """Return the data files that *snapshot* added, and those that it removed.

    Raises:
        TableError: for a snapshot with delete files (merge on read), whose rows only a scan can find.
    """
    added: list[DataFile] = []
    removed: list[DataFile] = []
    for manifest in snapshot.manifests(table.io):
        if manifest.added_snapshot_id != snapshot.snapshot_id:
            continue
        if manifest.content == ManifestContent.DELETES:
            raise TableError(
                f"{tables.name(table)}: snapshot {snapshot.snapshot_id} has delete files (merge on read), whose "
                "changes cannot be listed. Compact the table, or let its writer copy on write"
            )
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
            # A deleted entry's snapshot is that of the delete; PyIceberg 0.10 leaves the one that added the file.
            if entry.status == ManifestEntryStatus.DELETED:
                removed.append(entry.data_file)
            elif entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id == snapshot.snapshot_id:
                added.append(entry.data_file)
    return added, removed


def read_files(table: Table, files: Iterable[DataFile]) -> pa.Table:
    """Return the rows of some data files, with the table's present columns."""
    return read_tasks(table, [FileScanTask(f) for f in files])


def read_tasks(table: Table, tasks: Sequence[FileScanTask]) -> pa.Table:
    """Return the rows of some files of a scan, without those that their delete files hide."""
    rows = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(tasks)
    return conform(rows, plain_schema(table.schema().as_arrow()))


def reachable_paths(table: Table) -> set[str]:
    """Return the paths of all files that a table names: metadata, manifest lists, manifests, data and statistics."""
    paths = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    paths |= {s.statistics_path for s in table.metadata.statistics}
    for snapshot in table.snapshots():
        paths.add(snapshot.manifest_list)
        manifests = snapshot.manifests(table.io)
        paths |= {m.manifest_path for m in manifests}
        paths |= {e.data_file.file_path for m in manifests for e in m.fetch_manifest_entry(table.io)}
    return paths
