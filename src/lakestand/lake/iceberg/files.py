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

from lakestand.lake.arrow import conform, plain_schema
from lakestand.lake.iceberg import deletes, rowgroups
from lakestand.lake.iceberg.index import Rows


def changed_files(table: Table, snapshot: Snapshot) -> tuple[list[DataFile], list[DataFile]]:
    """Return the data files that *snapshot* added, and those that it removed."""
    added: list[DataFile] = []
    removed: list[DataFile] = []
    for manifest in snapshot.manifests(table.io):
        if manifest.added_snapshot_id != snapshot.snapshot_id or manifest.content == ManifestContent.DELETES:
            continue
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

    def hidden(task: FileScanTask) -> Rows:
        return deletes.hidden(contents, task.delete_files, task.file.file_path)

    parts = deletes.POOL.map(lambda task: read_live(table, task.file, hidden(task)), tasks)
    return pa.concat_tables([_no_rows(table), *parts])


def read_scan(table: Table) -> pa.Table:
    """Return all rows of the current snapshot, also of a table with deletes that only PyIceberg reads."""
    tasks = list(table.scan().plan_files())
    if any(deletes.is_vector(file) for task in tasks for file in task.delete_files):
        return conformed(table.scan().to_arrow(), table.schema())
    return read_tasks(table, tasks)


def scan_batches(table: Table) -> Iterator[pa.Table]:
    """Yield the rows that `read_scan` returns file by file, for PyIceberg opens all files and keeps what they hold."""
    for task in table.scan().plan_files():
        if any(map(deletes.is_vector, task.delete_files)):
            reader = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
            yield conformed(reader.to_table([task]), table.schema())
        else:
            contents = deletes.read(table.io, task.delete_files)
            yield from live_batches(table, task.file, deletes.hidden(contents, task.delete_files, task.file.file_path))


def read_live(table: Table, file: DataFile, deleted: Rows = deletes.NONE) -> pa.Table:
    """Return the rows of a data file without those of the ascending numbers *deleted*."""
    return pa.concat_tables([_no_rows(table), *live_batches(table, file, deleted)])


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


def read_rows(table: Table, file: DataFile, columns: Schema, rows: Rows) -> pa.Table:
    """Return the rows of the ascending numbers *rows* of a data file, with some of the table's *columns*."""
    found = rowgroups.read_rows(table, file, columns, rows)
    return read_columns(table, file, columns).take(rows) if found is None else found


def write(table: Table, rows: pa.Table) -> list[DataFile]:
    """Write *rows* to new data files, which no snapshot names yet."""
    written = list(_dataframe_to_data_files(rowgroups.limited(table.metadata, rows), rows, table.io))
    for file in written:
        file.spec_id = table.spec().spec_id  # PyIceberg knows it only when it has read the file's manifest
    return written


def conformed(rows: pa.Table, columns: Schema) -> pa.Table:
    """Return *rows* with these columns of Iceberg, in Arrow's ordinary types."""
    return conform(rows, plain_schema(columns.as_arrow()))


def _no_rows(table: Table) -> pa.Table:
    return plain_schema(table.schema().as_arrow()).empty_table()


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
