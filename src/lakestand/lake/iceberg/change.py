"""What a batch changes of a mirror's files: which rows are marked, which files are rewritten, and what is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation

from lakestand.lake.iceberg import files
from lakestand.lake.iceberg.holdings import Held, Holdings
from lakestand.lake.iceberg.index import Rows
from lakestand.lake.iceberg.upkeep import worn
from lakestand.lake.keys import fill_unknown
from lakestand.lake.table import Batch

REWRITE_ROWS = 20_000  # rewriting so many rows costs as much as marking some: a small table stays one file


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

    Files of which it changes rows are rewritten, the smallest first, while they have *rewrite_rows* rows together, and
    so are worn files; in all others the old rows are marked.
    """
    if batch.truncate:
        none = files.conformed(batch.upserts.slice(0, 0), table.schema())
        return Change(gone=list(holdings.held.values()), marked=(), rows=fill_unknown(batch, none))
    hits = holdings.find(batch.keys)
    deleted = {held: np.union1d(held.deleted, rows) for held, rows in hits}
    upserts = fill_unknown(batch, _old_rows(table, holdings, hits, batch))
    rewritten = {held: deleted.get(held, held.deleted) for held in _rewritten(deleted, rewrite_rows)}
    if deleted or upserts.num_rows:  # else nothing is committed
        rewritten |= {held: deleted.get(held, held.deleted) for held in worn(holdings.held.values())}
    gone = [*rewritten, *(h for h, rows in deleted.items() if len(rows) == h.file.record_count and h not in rewritten)]
    kept = [files.read_live(table, h.file, rows) for h, rows in rewritten.items() if len(rows) < h.file.record_count]
    marked = [(held, rows) for held, rows in deleted.items() if held not in gone]
    return Change(gone=gone, marked=marked, rows=pa.concat_tables([upserts, *kept]))


def _rewritten(touched: Iterable[Held], rewrite_rows: int) -> list[Held]:
    """Return the smallest of the files, as far as they have at most *rewrite_rows* rows together."""
    chosen: list[Held] = []
    left = rewrite_rows
    for held in sorted(touched, key=lambda each: each.live):
        left -= held.live
        if left >= 0:
            chosen.append(held)
    return chosen


def _old_rows(table: Table, holdings: Holdings, hits: Sequence[tuple[Held, Rows]], batch: Batch) -> pa.Table:
    """Return the rows that the batch replaces, with their keys and the values that its upserts lack."""
    schema = table.schema()
    wanted = Schema(*(c for c in schema.fields if c.name in batch.unknown or c in holdings.key.fields))
    chosen = hits if batch.unknown else ()
    parts = [files.read_columns(table, held.file, wanted).take(rows) for held, rows in chosen]
    return pa.concat_tables([files.conformed(part, schema) for part in [batch.upserts.slice(0, 0), *parts]])
