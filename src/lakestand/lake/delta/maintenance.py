"""What a Delta table needs now and then: OPTIMIZE, VACUUM, and sometimes RESTORE."""

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
    """What was done to a table."""

    table: str
    files_before: int
    files_after: int
    files_deleted: int
    version: int


def maintain(settings: Settings, name: str, *, keep: timedelta, target_bytes: int = TARGET_BYTES) -> Maintained:
    """Compact small files of each partition, and delete files that no version younger than *keep* needs.

    Readers see the same rows throughout; versions older than *keep* cannot be read afterwards.
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
    """Make the rows of an old version the present ones, in a new version, which is returned."""
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
    # The shortest time that a table keeps is its own property; asked for less, the user means it.
    found: list[str] = table.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False)
    return found
