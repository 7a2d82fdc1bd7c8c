"""Delta tables, by delta-rs, with the change data feed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from lakestand.clients import retry
from lakestand.lake import outage
from lakestand.lake.delta.table import DeltaLakeTable, is_transient

CONFIGURATION = {"delta.enableChangeDataFeed": "true"}

T = TypeVar("T")


@dataclass(frozen=True)
class Delta:
    """Tables under one root, a URI or a path: root/namespace/table."""

    root: str
    namespace: str
    options: dict[str, str] = field(default_factory=dict)
    name: str = "delta"
    retry_seconds: float = retry.COMMIT_SECONDS

    def table(self, name: str, schema: pa.Schema) -> DeltaLakeTable:
        """Made when it is not there."""
        found = self.existing(name)
        if found is None:
            self._outlast(lambda: self._create(self.uri(name), schema))
            found = self.existing(name)
        return cast("DeltaLakeTable", found)

    def existing(self, name: str) -> DeltaLakeTable | None:
        """Read from its log."""
        try:
            found = self._outlast(lambda: DeltaTable(self.uri(name), storage_options=self.options))
        except TableNotFoundError:
            return None
        return DeltaLakeTable(f"{self.name} {self.namespace}/{name}", found, self.retry_seconds)

    def _create(self, uri: str, schema: pa.Schema) -> None:
        DeltaTable.create(uri, schema, mode="ignore", configuration=CONFIGURATION, storage_options=self.options)

    def _outlast(self, work: Callable[[], T]) -> T:
        where = f"{self.name} {self.namespace}"
        return outage.outlast(work, name=where, is_transient=is_transient, seconds=self.retry_seconds)

    def uri(self, name: str) -> str:
        """Where a table lies."""
        return f"{self.root.rstrip('/')}/{self.namespace}/{name}"

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """Delta has no time of day: it is microseconds since midnight there."""
        return pa.schema([pa.field(f.name, timeless(f.type)) for f in schema])


def timeless(kind: pa.DataType) -> pa.DataType:
    """*kind* with microseconds in the place of a time of day."""
    if pa.types.is_time(kind):
        return pa.int64()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, timeless(f.type)) for f in kind])
    if pa.types.is_list(kind):
        return pa.list_(timeless(kind.value_type))
    return kind
