"""Row groups of a data file: small ones for wide rows, so that a few rows can be read without all of their column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata

from lakestand.lake.arrow import plain_schema
from lakestand.lake.iceberg.index import Rows

LIMIT = "write.parquet.row-group-limit"
GROUP_BYTES, FEWEST_ROWS = 8 << 20, 1000
FIELD_ID = b"PARQUET:field_id"


def limited(metadata: TableMetadata, rows: pa.Table) -> TableMetadata:
    """Return *metadata* by which PyIceberg writes *rows* in groups of about GROUP_BYTES, unless the table says it."""
    limit = max(FEWEST_ROWS, rows.num_rows * GROUP_BYTES // max(1, rows.nbytes))
    if LIMIT in metadata.properties or limit >= rows.num_rows:
        return metadata
    return metadata.model_copy(update={"properties": {**metadata.properties, LIMIT: str(limit)}})


def read_rows(table: Table, file: DataFile, columns: Schema, rows: Rows) -> pa.Table | None:
    """Return the rows of the ascending numbers *rows* with some of the table's *columns*, by their row groups alone.

    None is returned where the file's columns are not simply these: nested ones, those of another type, added ones.
    """
    if file.file_format != FileFormat.PARQUET:
        return None
    with table.io.new_input(file.file_path).open() as stream:
        parquet = pq.ParquetFile(stream)
        wanted = plain_schema(columns.as_arrow())
        names = _names(parquet.schema_arrow, columns, wanted)
        if names is None:
            return None
        ends = np.cumsum([parquet.metadata.row_group(n).num_rows for n in range(parquet.metadata.num_row_groups)])
        groups, firsts = np.unique(np.searchsorted(ends, rows, "right"), return_index=True)
        parts = [
            parquet.read_row_group(int(group), names).take(part - (ends[group - 1] if group else 0)).select(names)
            for group, part in zip(groups, np.split(rows, firsts[1:]), strict=True)
        ]
    return pa.concat_tables([part.rename_columns(wanted.names).cast(wanted) for part in parts])


def _names(present: pa.Schema, columns: Schema, wanted: pa.Schema) -> list[str] | None:
    """Return the names that the columns have in a file; None when one is not there as the table has it now."""
    by_id = {int(f.metadata[FIELD_ID]): f for f in present if f.metadata and FIELD_ID in f.metadata}
    fields = [by_id.get(column.field_id) for column in columns.fields]
    names = [field.name for field in fields if field is not None and "." not in field.name]
    if len(names) < len(wanted):
        return None
    types = [plain_schema(pa.schema([field])).field(0).type for field in fields]
    simple = not any(pa.types.is_nested(kind) for kind in types)
    return names if simple and types == [field.type for field in wanted] else None
