"""The Delta tables in the stand's bucket: listed, loaded, their history, and commits beside other writers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from pyarrow import fs

from lakestand.clients import retry
from lakestand.errors import TableError
from lakestand.lake import store
from lakestand.lake.names import from_path_part, path_part
from lakestand.settings import Settings

T = TypeVar("T")

LOG = "_delta_log"


@dataclass(frozen=True, kw_only=True)
class TableVersion:
    """One version of a table.

    Attributes:
        version: its number.
        at: UTC time of its commit, to the millisecond.
        operation: as WRITE, MERGE or RESTORE.
        engine: name and version of the program that committed.
    """

    version: int
    at: str
    operation: str
    engine: str


def names(settings: Settings) -> list[str]:
    """Return namespace/table for each table in the bucket, sorted."""
    where = fs.FileSelector(settings.delta_bucket, recursive=True, allow_not_found=True)
    logs = {f.path for f in store.s3(settings).get_file_info(where) if f.is_file and f"/{LOG}/" in f.path}
    paths = {path.partition("/")[2].partition(f"/{LOG}/")[0] for path in logs}
    return sorted("/".join(map(_shown, path.split("/"))) for path in paths)


def load(settings: Settings, name: str, version: int | None = None) -> DeltaTable:
    """Return a table by namespace/table, at *version* or its newest; TableError when it does not exist."""
    uri = f"s3://{settings.delta_bucket}/{_path(name)}"
    try:
        return DeltaTable(uri, version=version, storage_options=store.delta(settings))
    except TableNotFoundError as err:
        raise TableError(f"no Delta table {name} in s3://{settings.delta_bucket}; invoke delta.tables") from err


def _shown(part: str) -> str:
    name = from_path_part(part)
    return part if "/" in name else name


def _path(name: str) -> str:
    """Return where a table is: what can be a path is one, of another name both parts are encoded."""
    if all(part in {path_part(part), path_part(from_path_part(part))} for part in name.split("/")):
        return name
    namespace, _, table = name.partition("/")
    return f"{path_part(namespace)}/{path_part(table)}"


def history(table: DeltaTable) -> list[TableVersion]:
    """Return the versions that the log still has, oldest first."""
    return [
        TableVersion(
            version=int(commit["version"]),
            at=datetime.fromtimestamp(commit["timestamp"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            operation=str(commit.get("operation", "")),
            engine=str(commit.get("engineInfo", "")),
        )
        for commit in reversed(table.history())
    ]


def commit_with_retry(table: DeltaTable, change: Callable[[DeltaTable], T]) -> T:
    """Return the result of *change*, which commits to *table*; it is repeated while other writers' commits conflict.

    Before each attempt the table is brought to its newest version. After a minute of conflicts the last one is raised.
    """

    def attempt() -> T:
        table.update_incremental()
        return change(table)

    return retry.while_transient(_is_conflict, seconds=retry.COMMIT_SECONDS)(attempt)


def _is_conflict(err: BaseException) -> bool:
    return isinstance(err, CommitFailedError)
