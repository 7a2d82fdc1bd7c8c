"""Position-delete files: which rows of a data file are gone, by their numbers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import _read_deletes
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table

from lakestand.lake.iceberg.index import Rows

# Field ids that Iceberg's specification reserves ("Reserved Field IDs").
PATH_ID, POSITION_ID = 2147483546, 2147483545
SCHEMA = pa.schema(
    [
        pa.field("file_path", pa.string(), nullable=False, metadata={"PARQUET:field_id": str(PATH_ID)}),
        pa.field("pos", pa.int64(), nullable=False, metadata={"PARQUET:field_id": str(POSITION_ID)}),
    ]
)
NONE: Rows = np.empty(0, np.int64)
# Small files are read and written side by side: an object store answers each after some milliseconds. PyIceberg's own
# threads are not used, for they wait for each other where one of them asks for more.
POOL = ThreadPoolExecutor(8, "iceberg-files")


def write(table: Table, file: DataFile, rows: Rows) -> DataFile:
    """Write the position-delete file that hides the *rows* (ascending numbers, at least one) of a data file."""
    place = table.location_provider().new_data_location(f"{uuid.uuid4()}-deletes.parquet")
    paths = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(rows), np.int32)), pa.array([file.file_path]))
    positions = pa.table([paths.cast(pa.string()), pa.array(rows, pa.int64())], schema=SCHEMA)
    content = pa.BufferOutputStream()
    pq.write_table(positions, content, compression="zstd", use_dictionary=["file_path"], store_schema=False)
    with table.io.new_output(place).create(overwrite=True) as stream:
        stream.write(content.getvalue())
    return _described(file, rows, place, content.getvalue().size)


def read(io: FileIO, files: Iterable[DataFile]) -> dict[str, dict[str, Rows]]:
    """Return, by the path of each of some delete files, the row numbers that it hides by the path of the data file."""
    chosen = list(files)
    contents = POOL.map(lambda file: _read_deletes(io, file), chosen)
    return {
        file.file_path: {path: np.unique(np.asarray(rows)) for path, rows in content.items()}
        for file, content in zip(chosen, contents, strict=True)
    }


def hidden(contents: Mapping[str, Mapping[str, Rows]], files: Iterable[DataFile], path: str) -> Rows:
    """Return the ascending numbers of the rows of data file *path* that some delete *files* hide, read by `read`."""
    parts = [contents[file.file_path][path] for file in files if path in contents[file.file_path]]
    return np.unique(np.concatenate([NONE, *parts]))


def target(deletes: DataFile) -> str | None:
    """Return the path of the one data file that a delete file is about, or None if it may be about several."""
    low, high = ((bounds or {}).get(PATH_ID) for bounds in (deletes.lower_bounds, deletes.upper_bounds))
    return low.decode() if low and low == high else None


def is_vector(file: DataFile) -> bool:
    """Return whether a delete file is one of format version 3: several deletion vectors may share it."""
    return bool(file.file_format == FileFormat.PUFFIN)


def _described(file: DataFile, rows: Rows, place: str, size: int) -> DataFile:
    # Readers take equal bounds of the path for a file that is about one data file alone.
    path = file.file_path.encode()
    low, high = (int(row).to_bytes(8, "little", signed=True) for row in (rows[0], rows[-1]))
    deletes = DataFile.from_args(
        content=DataFileContent.POSITION_DELETES,
        file_path=place,
        file_format=FileFormat.PARQUET,
        partition=file.partition,
        record_count=len(rows),
        file_size_in_bytes=size,
        column_sizes=None,
        value_counts={PATH_ID: len(rows), POSITION_ID: len(rows)},
        null_value_counts={PATH_ID: 0, POSITION_ID: 0},
        nan_value_counts=None,
        lower_bounds={PATH_ID: path, POSITION_ID: low},
        upper_bounds={PATH_ID: path, POSITION_ID: high},
        key_metadata=None,
        split_offsets=None,
        equality_ids=None,
        sort_order_id=None,
    )
    deletes.spec_id = file.spec_id  # from_args ignores it
    return deletes
