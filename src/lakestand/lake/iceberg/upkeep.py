"""What a mirror's writer does besides, in the same commits: it joins worn files and expires old snapshots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import log

from pyiceberg.table import Table
from pyiceberg.table.update import RemoveSnapshotsUpdate

from lakestand.lake.iceberg.holdings import Held
from lakestand.lake.iceberg.snapshots import expired

# So many files of about one size become one: a row is moved once a size, and no size has more files for long.
FAN_IN = 16
# A file of so many rows or bytes is not joined with others, and no more are in memory for a joint one.
FULL_ROWS, FULL_BYTES = 500_000, 32 << 20
# A file of which so many rows are deleted is rewritten: its delete file, which each commit replaces, stays small.
WORN = 0.1
# Without expiry the table's metadata grow with each commit, which a writer reads and the catalogue writes every time.
SNAPSHOTS = "lakestand.mirror.snapshots"
KEPT_SNAPSHOTS, EXPIRED_AT_ONCE = 100, 50


def worn(held: Iterable[Held]) -> Sequence[Held]:
    """Return the files that the next commit should rewrite as one; none most of the time."""
    present = list(held)
    for each in present:
        if len(each.deleted) > WORN * each.file.record_count:
            return [each]
    sizes: dict[int, list[Held]] = defaultdict(list)
    for each in present:
        if each.live < FULL_ROWS and each.file.file_size_in_bytes < FULL_BYTES and not each.file.partition:
            sizes[int(log(max(1, each.live), FAN_IN))].append(each)
    return next((fitting(files, FULL_ROWS, FULL_BYTES) for files in sizes.values() if len(files) >= FAN_IN), [])


def old_snapshots(table: Table) -> list[RemoveSnapshotsUpdate]:
    """Return the update that expires all but the newest snapshots, now and then; tagged ones and branches stay.

    The table's property lakestand.mirror.snapshots says how many stay; with 0 none expires.
    """
    kept = int(table.properties.get(SNAPSHOTS, KEPT_SNAPSHOTS))
    if not kept or len(table.metadata.snapshots) < kept + EXPIRED_AT_ONCE:
        return []
    old = expired(table, None, kept)
    return [RemoveSnapshotsUpdate(snapshot_ids=old)] if old else []


def fitting(files: Iterable[Held], rows: int, size: int) -> list[Held]:
    """Return the smallest of some files, as far as they have no more *rows* and bytes (*size*) together."""
    chosen: list[Held] = []
    for each in sorted(files, key=lambda held: held.live):
        rows -= each.live
        size -= each.file.file_size_in_bytes
        if rows < 0 or size < 0:
            break
        chosen.append(each)
    return chosen
