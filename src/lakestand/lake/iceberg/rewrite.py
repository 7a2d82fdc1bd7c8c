"""Copy on write for Iceberg: files with rows of a batch are rewritten without them.

PyIceberg's own delete builds an expression object for every key, several times: 100,000 keys take it three seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, GreaterThanOrEqual, LessThanOrEqual
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from lakestand.lake.iceberg import files
from lakestand.lake.iceberg.transaction import Transaction
from lakestand.lake.keys import among, fill_unknown
from lakestand.lake.table import Batch

# Rows that stay are written once there are so many bytes of them, so that small files become few.
PACK_BYTES = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Affected:
    """A data file that holds rows of a batch.

    Attributes:
        file: as its manifest has it.
        lost: its rows whose keys are in the batch.
        kept: its other rows, which move to a new file.
    """

    file: DataFile
    lost: pa.Table
    kept: pa.Table


def rewrite(table: Table, transaction: Transaction, batch: Batch, schema: pa.Schema) -> None:
    """Stage in *transaction* the changes that make *table*, with the columns *schema*, follow *batch*.

    These are up to two snapshots: an overwrite that takes the old rows away, and an append of the upserts. A reader of
    changes sees exactly these rows, and an append is the only operation in which PyIceberg merges small manifests.
    """
    gone: list[DataFile] = []
    lost = [schema.empty_table()]
    remaining = _packed(_kept(_affected(table, batch, schema), gone, lost))
    kept = [file for rows in remaining for file in files.write(table, rows)]
    if gone:
        with transaction.update_snapshot().overwrite() as change:
            for file in gone:
                change.delete_data_file(file)
            for file in kept:
                change.append_data_file(file)
    upserts = fill_unknown(batch, pa.concat_tables(lost))
    if upserts.num_rows:
        with transaction.update_snapshot().merge_append() as append:
            for file in files.write(table, upserts):
                append.append_data_file(file)


def _affected(table: Table, batch: Batch, schema: pa.Schema) -> Iterator[Affected]:
    """Yield the files that hold a key of the batch; for a truncate all files, without reading them."""
    where = AlwaysTrue() if batch.truncate else key_bounds(batch.keys)
    for task in table.scan(row_filter=where).plan_files():
        if batch.truncate:
            yield Affected(file=task.file, lost=schema.empty_table(), kept=schema.empty_table())
            continue
        rows = files.read_tasks(table, [task])
        is_in_batch = among(rows, batch.keys)
        if pc.any(is_in_batch).as_py():
            kept = rows.filter(pc.invert(is_in_batch))
            yield Affected(file=task.file, lost=rows.filter(is_in_batch), kept=kept)


def _kept(affected: Iterable[Affected], gone: list[DataFile], lost: list[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows that the affected files keep; add the files to *gone* and their other rows to *lost*."""
    for part in affected:
        gone.append(part.file)
        lost.append(part.lost)
        yield part.kept


def _packed(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for rows in parts:
        waiting.append(rows)
        if sum(w.nbytes for w in waiting) >= PACK_BYTES:
            yield pa.concat_tables(waiting)
            waiting = []
    if any(rows.num_rows for rows in waiting):
        yield pa.concat_tables(waiting)


def key_bounds(keys: pa.Table) -> BooleanExpression:
    """Return a filter, least to greatest value of each key field, by which a scan skips files without the keys."""
    expression: BooleanExpression = AlwaysTrue()
    for name in keys.column_names:
        if keys.num_rows and "." not in name:  # PyIceberg takes a.b for the field b of the struct a
            bounds = pc.min_max(keys[name]).as_py()
            least, most = GreaterThanOrEqual(name, bounds["min"]), LessThanOrEqual(name, bounds["max"])
            expression = And(expression, And(least, most))
    return expression
