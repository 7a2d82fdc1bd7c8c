"""A table's data files: which a snapshot added or took away, which it has, and their rows."""

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
    """The data files that *snapshot* added and those it took away.

    TableError for a snapshot with delete files (merge on read): which rows they hide is known to a reader only.
    """
    added: list[DataFile] = []
    gone: list[DataFile] = []
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
                gone.append(entry.data_file)
            elif entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id == snapshot.snapshot_id:
                added.append(entry.data_file)
    return added, gone


def read_files(table: Table, files: Iterable[DataFile]) -> pa.Table:
    """The rows of some data files, with the table's present columns."""
    return read_tasks(table, [FileScanTask(f) for f in files])


def read_tasks(table: Table, tasks: Sequence[FileScanTask]) -> pa.Table:
    """The rows of some tasks, without those that their delete files hide."""
    found = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(tasks)
    return conform(found, plain_schema(table.schema().as_arrow()))


def reachable_paths(table: Table) -> set[str]:
    """Locations of all that the table's metadata names: metadata, manifest lists, manifests, data and statistics."""
    found = {table.metadata_location, *(entry.metadata_file for entry in table.metadata.metadata_log)}
    found |= {s.statistics_path for s in table.metadata.statistics}
    for snapshot in table.snapshots():
        found.add(snapshot.manifest_list)
        manifests = snapshot.manifests(table.io)
        found |= {m.manifest_path for m in manifests}
        found |= {e.data_file.file_path for m in manifests for e in m.fetch_manifest_entry(table.io)}
    return found
