"""The rows that one snapshot added and took away, by whole files and by position deletes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from pyiceberg.manifest import ManifestContent
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from lakestand.lake.iceberg import deletes, files
from lakestand.lake.iceberg.index import Rows
from lakestand.lake.iceberg.listing import Listing, read_hidden


def changed_rows(table: Table, snapshot: Snapshot) -> tuple[pa.Table, pa.Table]:
    """Return the rows that *snapshot* added, and those that it took away; rows that only moved are in both.

    Raises:
        TableError: when it has deletes that are not read here: equality deletes, or those of format version 3.
    """
    parent = table.snapshot_by_id(snapshot.parent_snapshot_id) if snapshot.parent_snapshot_id is not None else None
    added, removed = files.changed_files(table, snapshot)
    if not any(_has_deletes(table, each) for each in (snapshot, parent)):
        return files.read_files(table, added), files.read_files(table, removed)
    now, then = Listing.of(table, snapshot), Listing.of(table, parent)
    paths = [{file.file_path for file in moved} for moved in (added, removed)]
    after, before = _hidden(table, now, then, paths[0]), _hidden(table, then, now, paths[1])
    new = [files.read_live(table, file, after.get(file.file_path, deletes.NONE)) for file in added]
    old = [files.read_live(table, file, before.get(file.file_path, deletes.NONE)) for file in removed]
    stayed = now.data.keys() & then.data.keys()
    old += _rows_only_in(table, now, after, before, stayed)
    new += _rows_only_in(table, now, before, after, stayed)
    return _joined(table, new), _joined(table, old)


def _has_deletes(table: Table, snapshot: Snapshot | None) -> bool:
    manifests = snapshot.manifests(table.io) if snapshot else []
    return any(manifest.content == ManifestContent.DELETES for manifest in manifests)


def _hidden(table: Table, listing: Listing, other: Listing, moved: set[str]) -> dict[str, Rows]:
    """Return the hidden rows of those files whose delete files are not the same in the *other* listing."""
    naming, elsewhere = listing.naming(table), other.naming(table)
    paths = {*moved, *(p for p in {*naming, *elsewhere} if naming.get(p, {}).keys() != elsewhere.get(p, {}).keys())}
    return read_hidden(table, {path: naming[path] for path in paths if path in naming})


def _rows_only_in(
    table: Table, listing: Listing, these: Mapping[str, Rows], others: Mapping[str, Rows], stayed: set[str]
) -> Iterator[pa.Table]:
    """Yield the rows of *stayed* files that *these* row numbers name and the *others* do not."""
    for path in these.keys() & stayed:
        rows = np.setdiff1d(these[path], others.get(path, deletes.NONE), assume_unique=True)
        if len(rows):
            yield files.read_live(table, listing.data[path].data_file).take(rows)


def _joined(table: Table, parts: list[pa.Table]) -> pa.Table:
    return pa.concat_tables([files.read_files(table, ()), *parts])
