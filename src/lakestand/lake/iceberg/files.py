"""A table's files: the data files that a snapshot added or removed, their rows, and all paths that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, _dataframe_to_data_files
from pyiceberg.manifest import DataFile, ManifestContent, ManifestEntryStatus
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Snapshot

from lakestand.errors import TableError
from lakestand.lake.arrow import conform, plain_schema
from lakestand.lake.iceberg import deletes, tables
from lakestand.lake.iceberg.index import Rows


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
    contents = deletes.read(table.io, {d.file_path: d for task in tasks for d in task.delete_files}.values())
    parts = deletes.POOL.map(
        lambda task: read_live(table, task.file, deletes.hidden(contents, task.delete_files, task.file.file_path)),
        tasks,
    )
    return pa.concat_tables([conformed(table.schema().as_arrow().empty_table(), table.schema()), *parts])


def task_batches(table: Table, task: FileScanTask) -> Iterator[pa.Table]:
    """Yield the rows of one file of a scan in parts, without those that its delete files hide."""
    contents = deletes.read(table.io, task.delete_files)
    yield from live_batches(table, task.file, deletes.hidden(contents, task.delete_files, task.file.file_path))


def read_live(table: Table, file: DataFile, deleted: Rows = deletes.NONE) -> pa.Table:
    """Return the rows of a data file without those of the ascending numbers *deleted*."""
    parts = list(live_batches(table, file, deleted))
    return pa.concat_tables([conformed(table.schema().as_arrow().empty_table(), table.schema()), *parts])


def live_batches(table: Table, file: DataFile, deleted: Rows) -> Iterator[pa.Table]:
    """Yield the rows that `read_live` returns in parts.

    PyIceberg's own reading of a file with deletes makes a Python integer of each row, and takes thrice as long.
    """
    schema, first = plain_schema(table.schema().as_arrow()), 0
    reader = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
    for batch in reader.to_record_batches([FileScanTask(file)]):
        rows = conform(pa.Table.from_batches([batch]), schema)
        within = deleted[slice(*np.searchsorted(deleted, (first, first + batch.num_rows)))] - first
        first += batch.num_rows
        yield rows.filter(_mask(rows.num_rows, within)) if len(within) else rows


def read_columns(table: Table, file: DataFile, columns: Schema) -> pa.Table:
    """Return all rows of a data file, also deleted ones, in their order, with some of the table's *columns*."""
    reader = ArrowScan(table.metadata, table.io, columns, AlwaysTrue())
    return conformed(reader.to_table([FileScanTask(file)]), columns)


def write(table: Table, rows: pa.Table) -> list[DataFile]:
    """Write *rows* to new data files, which no snapshot names yet."""
    written = list(_dataframe_to_data_files(table.metadata, rows, table.io))
    for file in written:
        file.spec_id = table.spec().spec_id  # PyIceberg knows it only when it has read the file's manifest
    return written


def conformed(rows: pa.Table, columns: Schema) -> pa.Table:
    """Return *rows* with these columns of Iceberg, in Arrow's ordinary types."""
    return conform(rows, plain_schema(columns.as_arrow()))


def _mask(count: int, deleted: Rows) -> pa.Array:
    keep = np.ones(count, bool)
    keep[deleted] = False
    return pa.array(keep)


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
