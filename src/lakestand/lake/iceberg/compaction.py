"""Compaction: many small data files become few, and rows that delete files hide are left out; no row changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Operation

from lakestand.lake.iceberg import files, tables
from lakestand.lake.iceberg.committing import commit_with_retry
from lakestand.lake.iceberg.listing import Listing
from lakestand.lake.iceberg.rowdelta import RowDelta
from lakestand.lake.iceberg.transaction import Transaction

COMPACTION = "lakestand.compaction"  # in the snapshot's summary, beside the operation "replace"
TARGET_BYTES = 128 << 20
SMALL = 0.75  # a file below this share of the target size is worth rewriting


@dataclass(frozen=True, kw_only=True)
class Compacted:
    """How many data files the table had before a compaction and after it."""

    files_before: int
    files_after: int


def compact(table: Table, target_bytes: int = TARGET_BYTES) -> Compacted:
    """Rewrite the small files of each partition together in one commit, and return the counts.

    It is repeated for a minute while other writers are faster (then TableError). One group of files, of at most
    *target_bytes*, is in memory at a time.
    """
    tables.check_writable(table)
    return commit_with_retry(lambda: _attempt(table, target_bytes), tables.name(table))


def groups(tasks: Sequence[FileScanTask], spec_id: int, target_bytes: int) -> Iterator[list[FileScanTask]]:
    """Yield groups of files that are to become one file each.

    A group lies in one partition and has at least two small files, or one with delete files or of an old partition
    spec.
    """

    def place(task: FileScanTask) -> str:
        return f"{task.file.spec_id} {task.file.partition}"

    candidates = [
        t
        for t in tasks
        if t.delete_files or t.file.spec_id != spec_id or t.file.file_size_in_bytes < SMALL * target_bytes
    ]
    for _, neighbours in groupby(sorted(candidates, key=place), place):
        for group in _packed(list(neighbours), target_bytes):
            if len(group) > 1 or group[0].delete_files or group[0].file.spec_id != spec_id:
                yield group


def _packed(tasks: list[FileScanTask], target_bytes: int) -> Iterator[list[FileScanTask]]:
    pack: list[FileScanTask] = []
    for task in tasks:
        if pack and sum(t.file.file_size_in_bytes for t in pack) + task.file.file_size_in_bytes > target_bytes:
            yield pack
            pack = []
        pack.append(task)
    if pack:
        yield pack


def _attempt(table: Table, target_bytes: int) -> Compacted:
    table.refresh()
    tasks = list(table.scan().plan_files())
    chosen = list(groups(tasks, table.spec().spec_id, target_bytes))
    written = 0
    if chosen:
        with Transaction(table) as transaction:
            change = RowDelta(transaction, Operation.REPLACE, {COMPACTION: "true"})
            for group in chosen:
                change.remove(data=[task.file for task in group])
                made = files.write(table, files.read_tasks(table, group))
                change.add(data=made)
                written += len(made)
            change.remove(deletes=_dangling(table, tasks, [task for group in chosen for task in group]))
            change.commit()
    return Compacted(files_before=len(tasks), files_after=len(tasks) - sum(map(len, chosen)) + written)


def _dangling(table: Table, tasks: Sequence[FileScanTask], gone: Sequence[FileScanTask]) -> list[DataFile]:
    """Return the delete files that no file of a scan needs once some of its files are gone."""
    leaving = {task.file.file_path for task in gone}
    needed = {d.file_path for task in tasks if task.file.file_path not in leaving for d in task.delete_files}
    listed = Listing.of(table, table.current_snapshot()).deletes.items()
    return [entry.data_file for path, entry in listed if path not in needed]
