"""Iceberg tables, by PyIceberg: rows, deletes and positions in one transaction of the table."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import (
    CommitFailedException,
    CommitStateUnknownException,
    NoSuchNamespaceError,
    NoSuchTableError,
)
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, GreaterThanOrEqual, In, LessThanOrEqual
from pyiceberg.table import Table as PyIcebergTable
from pyiceberg.table import Transaction
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from lakestand.pipeline import keys
from lakestand.pipeline.batch import Batch
from lakestand.pipeline.event import Source
from lakestand.pipeline.schema import conform, plain
from lakestand.pipeline.sinks import Mark

POSITION, TOPIC_ID = "lakestand.position.", "lakestand.topic-id."
PROPERTIES = {
    # PyIceberg's own retry would write the rows again on top of what another pipeline wrote: ours looks first.
    "commit.retry.num-retries": "0",
    "write.parquet.compression-codec": "zstd",
    # Every commit makes a manifest, and every delete reads them all.
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "16",
}
# A batch of new keys only deletes nothing; that is no news.
warnings.filterwarnings("ignore", message="Delete operation did not match any records")

again = retry(
    retry=retry_if_exception_type((CommitFailedException, CommitStateUnknownException)),
    stop=stop_after_attempt(10),
    wait=wait_random_exponential(multiplier=0.05, max=2),
    reraise=True,
)


@dataclass
class IcebergTable:
    """A table of the catalogue; positions are properties of the table, for a snapshot may be left out."""

    name: str
    table: PyIcebergTable

    def schema(self) -> pa.Schema:
        """From the catalogue's metadata."""
        return plain(self.table.schema().as_arrow())

    def position(self, source: Source) -> int:
        """From the table's properties."""
        return int(self.table.properties.get(_position(source), "0"))

    def topic_id(self, topic: str) -> str:
        """From the table's properties."""
        return self.table.properties.get(TOPIC_ID + topic, "")

    @again
    def evolve(self, schema: pa.Schema) -> None:
        """Union by name: adds columns, nested ones too, and widens."""
        self.table.refresh()
        with self.table.update_schema() as update:
            update.union_by_name(schema)

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """One snapshot."""
        self._commit(mark, lambda transaction: transaction.append(rows))

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Delete and append in one transaction: one metadata version with up to two snapshots."""

        def change(transaction: Transaction) -> None:
            where = AlwaysTrue() if batch.truncate else matching(batch.keys)
            present = self._read(where) if self._must_look(batch) else self.schema().empty_table()
            lost = present.slice(0, 0) if batch.truncate else present
            rows = pa.concat_tables([keys.without(lost, batch.keys), keys.filled(batch, lost)])
            if self.table.current_snapshot() is not None:
                transaction.delete(where)
            if rows.num_rows:
                transaction.append(rows)

        self._commit(mark, change)

    def read(self) -> pa.Table:
        """All rows as of now."""
        self.table.refresh()
        return self._read(AlwaysTrue())

    def _must_look(self, batch: Batch) -> bool:
        # An inexact delete takes rows that must come back, and unknown values are in the table only.
        return self.table.current_snapshot() is not None and bool(batch.unknown or not _exact(batch.keys))

    def _read(self, where: BooleanExpression) -> pa.Table:
        return conform(self.table.scan(row_filter=where).to_arrow(), self.schema())

    def _commit(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        try:
            if mark.is_due(self.position(mark.source), self.name):
                self._attempt(mark, change)
        except (CommitFailedException, CommitStateUnknownException):
            self._commit_anew(mark, change)

    @again
    def _commit_anew(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        self.table.refresh()
        if mark.is_due(self.position(mark.source), self.name):  # else the attempt whose answer was lost went through
            self._attempt(mark, change)

    def _attempt(self, mark: Mark, change: Callable[[Transaction], object]) -> None:
        with self.table.transaction() as transaction:
            change(transaction)
            marks = {
                _position(mark.source): str(mark.next_offset),
                TOPIC_ID + mark.source.topic: mark.topic_id,
            }
            transaction.set_properties(marks)


def _position(source: Source) -> str:
    return f"{POSITION}{source.topic}.{source.partition}"


def _exact(found: pa.Table) -> bool:
    return found.num_columns == 1 and "." not in found.column_names[0]


def matching(found: pa.Table) -> BooleanExpression:
    """A filter that takes all rows with one of the keys, and others too where they are not exact.

    The bounds let the scan skip files: of more than 200 values in a set it looks at none.
    """
    expression: BooleanExpression = AlwaysTrue()
    for name in found.column_names:
        if "." in name:  # PyIceberg reads its rows as those of a nested column
            continue
        values = pc.unique(found[name])
        bounds = pc.min_max(values).as_py()
        least, most = GreaterThanOrEqual(name, bounds["min"]), LessThanOrEqual(name, bounds["max"])
        expression = And(expression, And(And(least, most), In(name, values.to_pylist())))
    return expression


@dataclass(frozen=True)
class Iceberg:
    """Tables in one namespace of a catalogue."""

    catalog: Catalog
    namespace: str
    name: str = "iceberg"
    _creation: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def table(self, name: str, schema: pa.Schema) -> IcebergTable:
        """Made when it is not there, and its namespace with it."""
        found = self.existing(name)
        if found is None:
            # Two lanes at once: the catalogue answers 500 to the slower one, not "exists".
            with self._creation:
                self.catalog.create_namespace_if_not_exists(self.namespace)
            self.catalog.create_table_if_not_exists((self.namespace, name), schema=schema, properties=PROPERTIES)
            found = self.existing(name)
        return cast("IcebergTable", found)

    def existing(self, name: str) -> IcebergTable | None:
        """Loaded from the catalogue."""
        try:
            loaded = self.catalog.load_table((self.namespace, name))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None
        return IcebergTable(f"{self.name} {self.namespace}.{name}", loaded)

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """Iceberg holds all that the decoder makes."""
        return schema
