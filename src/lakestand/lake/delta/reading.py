"""The rows of a Delta table, read by Arrow's own S3 client.

By default delta-rs hands Arrow a file system in Python, whose threads abort the process at its end now and then
("terminate called without an active exception", exit code 134).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlparse

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable
from pyarrow import fs


def dataset(table: DeltaTable) -> ds.Dataset:
    """Return the version that *table* stands at as an Arrow dataset."""
    return table.to_pyarrow_dataset(filesystem=_files(table))


def rows(table: DeltaTable) -> pa.Table:
    """Return all rows of the version that *table* stands at."""
    return dataset(table).to_table()


def folders(uri: str, options: Mapping[str, str]) -> set[str]:
    """Return the names of the folders at *uri*, as they are written there; none where there is no such place."""
    files = _at(uri, options)
    return {info.base_name for info in files.get_file_info(fs.FileSelector("", allow_not_found=True))}


def _files(table: DeltaTable) -> fs.FileSystem:
    return _at(table.table_uri, table._storage_options or {})  # noqa: SLF001  the handle has no public name for them


def _at(uri: str, options: Mapping[str, str]) -> fs.FileSystem:
    where = urlparse(uri)
    if where.scheme != "s3":
        return fs.SubTreeFileSystem(unquote(where.path), fs.LocalFileSystem())
    store = fs.S3FileSystem(
        access_key=options["AWS_ACCESS_KEY_ID"],
        secret_key=options["AWS_SECRET_ACCESS_KEY"],
        endpoint_override=options["AWS_ENDPOINT_URL"],
        region=options["AWS_REGION"],
        connect_timeout=5,
        request_timeout=60,
    )
    return fs.SubTreeFileSystem(f"{where.netloc}{unquote(where.path)}", store)
