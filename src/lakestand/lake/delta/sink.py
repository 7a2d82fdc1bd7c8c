"""The Delta tables of a namespace, created by delta-rs with their change data feed on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from lakestand.clients import retry
from lakestand.lake import outage
from lakestand.lake.delta import reading
from lakestand.lake.delta.table import DeltaLakeTable, is_transient
from lakestand.lake.names import path_part

CONFIGURATION = {"delta.enableChangeDataFeed": "true"}
# Columns of the change data feed: a table with one of its own has no feed.
FEED = {"_change_type", "_commit_version", "_commit_timestamp"}

T = TypeVar("T")


@dataclass(frozen=True)
class Delta:
    """The Delta tables of one namespace: root/namespace/table.

    Attributes:
        root: a URI, as s3://bucket, or a path.
        namespace: the folder of the tables.
        options: delta-rs' storage_options for *root*.
        name: of the format.
        retry_seconds: how long an object store that does not answer is outlasted.
    """

    root: str
    namespace: str
    options: dict[str, str] = field(default_factory=dict)
    name: str = "delta"
    retry_seconds: float = retry.COMMIT_SECONDS

    def table(self, name: str, schema: pa.Schema) -> DeltaLakeTable:
        """Return the table; it is created when its log does not exist."""
        return self._opened(name, self._outlast(lambda: self._create(self.uri(name), schema)))

    def existing(self, name: str) -> DeltaLakeTable | None:
        """Return the table at the newest version of its log, or None when it has no log."""
        try:
            table = self._outlast(lambda: DeltaTable(self.uri(name), storage_options=self.options))
        except TableNotFoundError:
            return None
        return self._opened(name, table)

    def missing(self, names: Collection[str]) -> set[str]:
        """Return those of *names* that have no folder."""
        folders = self._outlast(lambda: reading.folders(self.uri("").rstrip("/"), self.options))
        return {name for name in names if path_part(name) not in folders}

    def _create(self, uri: str, schema: pa.Schema) -> DeltaTable:
        configuration = {} if FEED & set(schema.names) else CONFIGURATION
        return DeltaTable.create(uri, schema, mode="ignore", configuration=configuration, storage_options=self.options)

    def _opened(self, name: str, table: DeltaTable) -> DeltaLakeTable:
        return DeltaLakeTable(f"{self.name} {self.namespace}/{name}", table, self.retry_seconds)

    def _outlast(self, work: Callable[[], T]) -> T:
        where = f"{self.name} {self.namespace}"
        return outage.outlast(work, name=where, is_transient=is_transient, seconds=self.retry_seconds)

    def uri(self, name: str) -> str:
        """Return the URI or path of a table."""
        return f"{self.root.rstrip('/')}/{path_part(self.namespace)}/{path_part(name)}"

    def within(self, namespace: str) -> Delta:
        """Return the tables of another folder."""
        return replace(self, namespace=namespace)

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """Return *schema* with times of day as microseconds since midnight, for Delta has no such type."""
        return pa.schema([pa.field(f.name, timeless(f.type)) for f in schema])


def timeless(kind: pa.DataType) -> pa.DataType:
    """Return *kind* with int64, microseconds since midnight, in place of each time of day in it, nested ones too."""
    if pa.types.is_time(kind):
        return pa.int64()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, timeless(f.type)) for f in kind])
    if pa.types.is_list(kind):
        return pa.list_(timeless(kind.value_type))
    return kind
