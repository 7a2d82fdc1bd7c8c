"""The Iceberg tables of a namespace, created in a catalogue when a pipeline asks for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.table import Table as PyIcebergTable

from lakestand.clients import retry
from lakestand.lake import outage
from lakestand.lake.iceberg.change import REWRITE_ROWS
from lakestand.lake.iceberg.committing import is_transient
from lakestand.lake.iceberg.table import Form, IcebergTable
from lakestand.lake.names import path_part

T = TypeVar("T")

PROPERTIES = {
    # PyIceberg's own retry would add the rows again on top of another pipeline's: ours reads the position first.
    "commit.retry.num-retries": "0",
    "write.parquet.compression-codec": "zstd",
    # Every commit makes a manifest, and every delete reads them all.
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "16",
}


@dataclass(frozen=True)
class Iceberg:
    """The Iceberg tables of one namespace.

    Attributes:
        catalog: PyIceberg's handle.
        namespace: its name, of one level.
        name: of the format.
        retry_seconds: how long a catalogue or a store that does not answer is outlasted.
        deletes: the form of its mirrors whose properties do not name one.
        rewrite_rows: files of so many rows are rewritten instead of marked.
    """

    catalog: Catalog
    namespace: str
    name: str = "iceberg"
    retry_seconds: float = retry.COMMIT_SECONDS
    deletes: Form = "position"
    rewrite_rows: int = REWRITE_ROWS
    _creation: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def table(self, name: str, schema: pa.Schema) -> IcebergTable:
        """Return the table; it is created with its namespace when it does not exist."""
        return self._opened(name, self._outlast(lambda: self._create(name, schema)))

    def _location(self, name: str) -> str | None:
        """Return where a table is whose name cannot be a part of a path; the catalogue has a place for the others."""
        warehouse, parts = self.catalog.properties.get("warehouse"), (self.namespace, name)
        if warehouse is None or all(path_part(part) == part for part in parts):
            return None
        return "/".join((warehouse.rstrip("/"), *map(path_part, parts)))

    def existing(self, name: str) -> IcebergTable | None:
        """Return the table as the catalogue has it, or None."""
        try:
            table = self._outlast(lambda: self.catalog.load_table((self.namespace, name)))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None
        return self._opened(name, table)

    def missing(self, names: Collection[str]) -> set[str]:
        """Return those of *names* that the catalogue does not list."""
        try:
            listed = self._outlast(lambda: self.catalog.list_tables(self.namespace))
        except NoSuchNamespaceError:
            return set(names)
        return set(names) - {identifier[-1] for identifier in listed}

    def _create(self, name: str, schema: pa.Schema) -> PyIcebergTable:
        """Create the table, or load it where it exists: one request, as long as there is the namespace."""
        place, location = (self.namespace, name), self._location(name)
        try:
            return self.catalog.create_table(place, schema=schema, location=location, properties=PROPERTIES)
        except TableAlreadyExistsError:
            return self.catalog.load_table(place)
        except NoSuchNamespaceError:
            # Two lanes at once: the catalogue answers 500 to the slower one, not "exists".
            with self._creation:
                self.catalog.create_namespace_if_not_exists(self.namespace)
            return self.catalog.create_table_if_not_exists(
                place, schema=schema, location=location, properties=PROPERTIES
            )

    def _opened(self, name: str, table: PyIcebergTable) -> IcebergTable:
        shown = f"{self.name} {self.namespace}.{name}"
        return IcebergTable(shown, table, self.retry_seconds, self.deletes, self.rewrite_rows)

    def _outlast(self, work: Callable[[], T]) -> T:
        where = f"{self.name} {self.namespace}"
        return outage.outlast(work, name=where, is_transient=is_transient, seconds=self.retry_seconds)

    def within(self, namespace: str) -> Self:
        """Return the tables of another namespace of the catalogue."""
        return replace(self, namespace=namespace)

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """Return *schema* unchanged: Iceberg has every type that the decoder makes."""
        return schema
