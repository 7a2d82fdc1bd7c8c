"""Copy on write for an Iceberg table: files that hold rows of a batch are written anew without them.

PyIceberg's own delete makes an object of every key, several times over: 100,000 keys take it three seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, GreaterThanOrEqual, LessThanOrEqual
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from lakestand.lake import keys
from lakestand.lake.iceberg import files
from lakestand.lake.iceberg.transaction import Transaction
from lakestand.lake.table import Batch

# Rows that stay are collected up to so many bytes before they are written: small files become few.
PACK_BYTES = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Affected:
    """A data file with rows of a batch: *lost* are those, *kept* the others."""

    file: DataFile
    lost: pa.Table
    kept: pa.Table


def rewrite(table: Table, transaction: Transaction, batch: Batch, schema: pa.Schema) -> None:
    """Add to *transaction* what makes *table*, whose columns are *schema*, follow *batch*.

    Two snapshots: the deletes, then the upserts. A reader of changes sees just those; and of all that PyIceberg writes
    only an append merges small manifests.
    """
    gone: list[DataFile] = []
    lost = [schema.empty_table()]
    kept = [
        file for rows in _packed(_kept(_affected(table, batch, schema), gone, lost)) for file in _written(table, rows)
    ]
    if gone:
        with transaction.update_snapshot().overwrite() as change:
            for file in gone:
                change.delete_data_file(file)
            for file in kept:
                change.append_data_file(file)
    upserts = keys.fill_unknown(batch, pa.concat_tables(lost))
    if upserts.num_rows:
        with transaction.update_snapshot().merge_append() as append:
            for file in _written(table, upserts):
                append.append_data_file(file)


def _affected(table: Table, batch: Batch, schema: pa.Schema) -> Iterator[Affected]:
    """The files that hold a key of the batch; all of them, unread, for a truncate."""
    where = AlwaysTrue() if batch.truncate else key_bounds(batch.keys)
    for task in table.scan(row_filter=where).plan_files():
        if batch.truncate:
            yield Affected(file=task.file, lost=schema.empty_table(), kept=schema.empty_table())
            continue
        rows = files.read_tasks(table, [task])
        hit = keys.among(rows, batch.keys)
        if pc.any(hit).as_py():
            yield Affected(file=task.file, lost=rows.filter(hit), kept=rows.filter(pc.invert(hit)))


def _kept(affected: Iterable[Affected], gone: list[DataFile], lost: list[pa.Table]) -> Iterator[pa.Table]:
    """What the affected files keep; notes the files in *gone* and the batch's own rows in *lost*."""
    for each in affected:
        gone.append(each.file)
        lost.append(each.lost)
        yield each.kept


def _written(table: Table, rows: pa.Table) -> Iterable[DataFile]:
    return _dataframe_to_data_files(table.metadata, rows, table.io)


def _packed(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for rows in parts:
        waiting.append(rows)
        if sum(w.nbytes for w in waiting) >= PACK_BYTES:
            yield pa.concat_tables(waiting)
            waiting = []
    if any(rows.num_rows for rows in waiting):
        yield pa.concat_tables(waiting)


def key_bounds(found: pa.Table) -> BooleanExpression:
    """A filter by which a scan skips the files that hold none of the keys, as far as their bounds tell."""
    expression: BooleanExpression = AlwaysTrue()
    for name in found.column_names:
        if found.num_rows and "." not in name:  # a dot: PyIceberg takes it for a nested column's name
            bounds = pc.min_max(found[name]).as_py()
            least, most = GreaterThanOrEqual(name, bounds["min"]), LessThanOrEqual(name, bounds["max"])
            expression = And(expression, And(least, most))
    return expression
