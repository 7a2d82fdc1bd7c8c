"""Maintenance of Delta tables: compaction (OPTIMIZE), removal of old files (VACUUM), and restoring a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from deltalake import DeltaTable

from lakestand.errors import TableError
from lakestand.lake.delta import catalog
from lakestand.settings import Settings

TARGET_BYTES = 128 << 20
KEEP_HOURS = 168  # Delta's own default: a week
APP = "lakestand."


@dataclass(frozen=True, kw_only=True)
class Maintained:
    """What maintenance did to a table, and the version that it left."""

    table: str
    files_before: int
    files_after: int
    files_deleted: int
    version: int


def maintain(settings: Settings, name: str, *, keep: timedelta, target_bytes: int = TARGET_BYTES) -> Maintained:
    """Compact the small files of each partition, delete files that only old versions need, and return the counts.

    Readers see the same rows all the time. Versions older than *keep* cannot be read afterwards.

    Args:
        settings: of the stand.
        name: namespace/table.
        keep: age of the oldest version whose files stay.
        target_bytes: size of a compacted file; 0 compacts nothing.

    Raises:
        TableError: when the table does not exist.
    """
    table = catalog.load(settings, name)
    before = len(table.file_uris())
    if target_bytes:
        catalog.commit_with_retry(table, lambda t: t.optimize.compact(target_size=target_bytes))
    deleted = catalog.commit_with_retry(table, lambda t: _vacuum(t, keep))
    return Maintained(
        table=name,
        files_before=before,
        files_after=len(table.file_uris()),
        files_deleted=len(deleted),
        version=table.version(),
    )


def restore(settings: Settings, name: str, version: int) -> int:
    """Make the rows of an old version the present ones again, and return the number of the new version.

    Raises:
        TableError: when a pipeline writes the table, or when there is no such table or version.
    """
    table = catalog.load(settings, name)
    if any(commit.get(key) for commit in table.history() for key in commit if key.startswith(f"{APP}topic-id.")):
        raise TableError(
            f"{name} is written by a pipeline, whose position would not go back: what the restore takes away would not "
            "be written again. Delete the table and run the pipeline to fill it anew"
        )
    if not 0 <= version <= table.version():
        raise TableError(f"{name} has no version {version}: it stands at {table.version()}; invoke delta.history")
    table.restore(version)
    table.update_incremental()
    return int(table.version())


def _vacuum(table: DeltaTable, keep: timedelta) -> list[str]:
    hours = int(keep.total_seconds() // 3600)
    # Without Delta's check against a table's own retention time: who asks for less, means it.
    paths: list[str] = table.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False)
    return paths
