"""Maintenance of Iceberg tables: compaction, expiry of old snapshots, and removal of files that no table names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyarrow import fs
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import Table

from lakestand.lake.iceberg import files, snapshots, tables
from lakestand.lake.iceberg.compaction import TARGET_BYTES, compact

KEEP_DAYS = 5.0
ORPHAN_DAYS = 3.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `maintain` is to do.

    Attributes:
        target_bytes: size of a compacted file; 0 compacts nothing.
        keep: age at which a snapshot expires, unless it is tagged or among the last of a branch.
        keep_last: how many snapshots of each branch stay, however old they are.
        orphan_age: age at which a file that no table names is deleted; a younger one may belong to a commit under way.
    """

    target_bytes: int = TARGET_BYTES
    keep: timedelta = timedelta(days=KEEP_DAYS)
    keep_last: int = 1
    orphan_age: timedelta = timedelta(days=ORPHAN_DAYS)

    @classmethod
    def at_once(cls) -> Plan:
        """Return the plan for a table that nobody writes now: only its current snapshot and the files of it stay."""
        return cls(keep=timedelta(0), orphan_age=timedelta(0))


@dataclass(frozen=True, kw_only=True)
class Maintained:
    """What maintenance did to a table."""

    table: str
    files_before: int
    files_after: int
    snapshots_expired: int
    files_deleted: int
    orphans_deleted: int
    bytes_freed: int


def maintain(catalog: Catalog, name: str, plan: Plan) -> Maintained:
    """Compact a table, expire its old snapshots, delete files that nothing names, and return the counts.

    Each step is a commit of its own, and readers see the same rows all the time. TableError when the table does not
    exist, or when no commit was confirmed within a minute.
    """
    table = tables.load(catalog, name)
    if plan.target_bytes:
        compacted = compact(table, plan.target_bytes)
        before, after = compacted.files_before, compacted.files_after
    else:
        before = after = len(list(table.scan().plan_files()))
    expired, unused = expire(table, plan.keep, plan.keep_last)
    lost = orphans(catalog, table, plan.orphan_age)
    freed = delete(table, [*unused, *lost])
    return Maintained(
        table=name,
        files_before=before,
        files_after=after,
        snapshots_expired=len(expired),
        files_deleted=len(unused),
        orphans_deleted=len(lost),
        bytes_freed=freed,
    )


def expire(table: Table, older_than: timedelta, keep: int = 1) -> tuple[list[int], list[str]]:
    """Expire snapshots as `snapshots.expire`, and return their ids and the paths of files that only they used.

    The files are still in the store.
    """
    before = files.reachable_paths(table)
    expired = snapshots.expire(table, older_than, keep)
    # The metadata files stay in the catalogue's log: it removes them itself.
    gone = before - files.reachable_paths(table) if expired else set()
    return expired, sorted(path for path in gone if not path.endswith(".metadata.json"))


def orphans(catalog: Catalog, table: Table, age: timedelta) -> list[str]:
    """Return the paths of files older than *age* at the table's location that no table of the catalogue names."""
    limit = datetime.now(UTC) - age
    # Listed first, so that the metadata read afterwards names all that was committed meanwhile.
    old = [path for path, changed in _listed(table) if changed < limit]
    # A renamed table leaves its files where a new table of its old name puts its own.
    known: set[str] = set()
    for other in _neighbours(catalog, table):
        known |= files.reachable_paths(other)
    return sorted(set(old) - known)


def delete(table: Table, paths: Iterable[str]) -> int:
    """Delete files, as far as they exist, and return the sum of their bytes."""
    freed = 0
    for path in paths:
        file = table.io.new_input(path)
        if file.exists():
            freed += len(file)
            table.io.delete(path)
    return freed


def _neighbours(catalog: Catalog, table: Table) -> list[Table]:
    here = table.location().rstrip("/") + "/"
    return [t for t in tables.load_all(catalog) if _overlap(t.location().rstrip("/") + "/", here)]


def _overlap(one: str, two: str) -> bool:
    return one.startswith(two) or two.startswith(one)


def _listed(table: Table) -> list[tuple[str, datetime]]:
    scheme, netloc, path = PyArrowFileIO.parse_location(table.location())
    store = PyArrowFileIO(table.io.properties).fs_by_scheme(scheme, netloc)
    infos = store.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
    return [(f"{scheme}://{info.path}", info.mtime.astimezone(UTC)) for info in infos if info.is_file]
