"""Appending to a table that others write too: every acknowledged row once, whatever happens to the answers."""

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

    IncompatibleSchema, before anything is written, for a column whose type the table cannot take. New and wider
    columns are taken with *evolve* only. A commit that another writer's commit foils is tried again for a minute; one
    whose answer is lost is looked for first, by an id in its snapshot's summary.
    """
    tables.check_writable(table)
    write_id = uuid.uuid4().hex

    def attempt() -> None:
        table.refresh()
        if not _is_written(table, write_id):
            _fit(table, rows, evolve=evolve)
            _check_required(table, rows)
            fitting = conform(rows, table.schema().as_arrow())
            with Transaction(table) as transaction:
                transaction.append(fitting, snapshot_properties={WRITE_ID: write_id})

    commit_with_retry(attempt, tables.name(table))


def _is_written(table: Table, write_id: str) -> bool:
    return any(
        s.summary is not None and s.summary.additional_properties.get(WRITE_ID) == write_id for s in table.snapshots()
    )


def _fit(table: Table, rows: pa.Table, *, evolve: bool) -> None:
    name, now = tables.name(table), plain_schema(table.schema().as_arrow())
    fit = merge_schemas(now, plain_schema(rows.schema), name)
    changed = [f.name for f in fit if f.name not in now.names or now.field(f.name) != f]
    if changed and not evolve:
        raise TableError(
            f"{name}: {', '.join(changed)} is new or wider in the rows: nothing was written. "
            "evolve=True lets the table follow"
        )
    if changed:
        with table.update_schema() as update:
            update.union_by_name(fit)


def _check_required(table: Table, rows: pa.Table) -> None:
    for column in table.schema().as_arrow():
        if not column.nullable and (column.name not in rows.column_names or rows[column.name].null_count):
            raise IncompatibleSchema(
                f"{tables.name(table)}.{column.name} is required, and missing in some rows: nothing was written"
            )
