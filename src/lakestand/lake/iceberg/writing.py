"""Appending to a table that others write too: each row exactly once, even when the answer to a commit is lost."""

from __future__ import annotations

import uuid

import pyarrow as pa
from pyiceberg.table import Table

from lakestand.errors import IncompatibleSchema, TableError
from lakestand.lake.arrow import conform, merge_schemas, plain_schema
from lakestand.lake.iceberg import tables
from lakestand.lake.iceberg.committing import commit_with_retry
from lakestand.lake.iceberg.transaction import Transaction

WRITE_ID = "lakestand.write-id"


def append(table: Table, rows: pa.Table, *, evolve: bool = False) -> None:
    """Add *rows* in one snapshot.

    A commit that loses against another writer's is repeated for a minute. Before each repetition the table's snapshots
    are searched for this write's id, for the commit before it may have succeeded and only its answer been lost.

    Args:
        table: where to; it is refreshed.
        rows: what to add; columns that they lack become null.
        evolve: whether new and wider columns change the table.

    Raises:
        IncompatibleSchema: before anything is written, when a column's type does not fit, or a required one is missing.
        TableError: when a column is new or wider without *evolve*, or when no commit was confirmed within a minute.
    """
    tables.check_writable(table)
    write_id = uuid.uuid4().hex

    def attempt() -> None:
        table.refresh()
        if not _is_written(table, write_id):
            _fit(table, rows, evolve=evolve)
            _check_required(table, rows)
            conformed = conform(rows, table.schema().as_arrow())
            with Transaction(table) as transaction:
                transaction.append(conformed, snapshot_properties={WRITE_ID: write_id})

    commit_with_retry(attempt, tables.name(table))


def _is_written(table: Table, write_id: str) -> bool:
    return any(
        s.summary is not None and s.summary.additional_properties.get(WRITE_ID) == write_id for s in table.snapshots()
    )


def _fit(table: Table, rows: pa.Table, *, evolve: bool) -> None:
    name = tables.name(table)
    present = plain_schema(table.schema().as_arrow())
    merged = merge_schemas(present, plain_schema(rows.schema), name)
    changed = [f.name for f in merged if f.name not in present.names or present.field(f.name) != f]
    if changed and not evolve:
        raise TableError(
            f"{name}: {', '.join(changed)} is new or wider in the rows: nothing was written. "
            "evolve=True lets the table follow"
        )
    if changed:
        with table.update_schema() as update:
            update.union_by_name(merged)


def _check_required(table: Table, rows: pa.Table) -> None:
    for column in table.schema().as_arrow():
        if not column.nullable and (column.name not in rows.column_names or rows[column.name].null_count):
            raise IncompatibleSchema(
                f"{tables.name(table)}.{column.name} is required, and missing in some rows: nothing was written"
            )
