"""What a batch changes of a mirror's files: which rows are marked, which files are rewritten, and what is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation

from lakestand.lake.iceberg import deletes, files
from lakestand.lake.iceberg.holdings import Held, Holdings
from lakestand.lake.iceberg.index import Rows
from lakestand.lake.iceberg.upkeep import fitting, worn
from lakestand.lake.keys import fill_unknown
from lakestand.lake.table import Batch

REWRITE_ROWS = 20_000  # rewriting so many rows costs as much as marking some: a small table stays one file
REWRITE_BYTES = 2 << 20


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a batch does to the files of a mirror.

    Attributes:
        gone: files that leave the table.
        marked: files that stay, with all row numbers that are deleted in them afterwards.
        rows: what is written to new files: upserts, and rows that stay of the files that are gone.
    """

    gone: Sequence[Held]
    marked: Sequence[tuple[Held, Rows]]
    rows: pa.Table

    @property
    def is_empty(self) -> bool:
        """Whether the table stays as it is."""
        return not self.gone and not self.marked and not self.rows.num_rows

    @property
    def operation(self) -> Operation:
        """What a snapshot of the change is called."""
        if not self.gone and not self.marked:
            return Operation.APPEND
        return Operation.OVERWRITE if self.rows.num_rows else Operation.DELETE


def plan(table: Table, holdings: Holdings, batch: Batch, rewrite_rows: int) -> Change:
    """Return what *batch* changes.

    Files of which it changes rows are rewritten, the smallest first, while they have *rewrite_rows* rows and few bytes
    together, and so are worn files; in all others the old rows are marked.
    """
    if batch.truncate:
        none = files.conformed(batch.upserts.slice(0, 0), table.schema())
        return Change(gone=list(holdings.held.values()), marked=(), rows=fill_unknown(batch, none))
    hits = holdings.find(batch.keys)
    deleted = {held: np.union1d(held.deleted, rows) for held, rows in hits}
    upserts = fill_unknown(batch, _old_rows(table, holdings, hits, batch))
    rewritten = {held: deleted.get(held, held.deleted) for held in fitting(deleted, rewrite_rows, REWRITE_BYTES)}
    if deleted or upserts.num_rows:  # else nothing is committed
        rewritten |= {held: deleted.get(held, held.deleted) for held in worn(holdings.held.values())}
    gone = [*rewritten, *(h for h, rows in deleted.items() if len(rows) == h.file.record_count and h not in rewritten)]
    kept = deletes.POOL.map(lambda mark: files.read_live(table, mark[0].file, mark[1]), rewritten.items())
    marked = [(held, rows) for held, rows in deleted.items() if held not in gone]
    return Change(gone=gone, marked=marked, rows=pa.concat_tables([upserts, *kept]))


def _old_rows(table: Table, holdings: Holdings, hits: Sequence[tuple[Held, Rows]], batch: Batch) -> pa.Table:
    """Return the rows that the batch replaces, with their keys and the values that its upserts lack."""
    schema = table.schema()
    wanted = Schema(*(c for c in schema.fields if c.name in batch.unknown or c in holdings.key.fields))
    chosen = hits if batch.unknown else ()
    parts = deletes.POOL.map(lambda hit: files.read_rows(table, hit[0].file, wanted, hit[1]), chosen)
    return pa.concat_tables([files.conformed(part, schema) for part in [batch.upserts.slice(0, 0), *parts]])
