"""Tables of a test's own, and the pipeline that fills them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from lakestand import probe
from lakestand.errors import TableError
from lakestand.pytest_plugin import store as buckets
from lakestand.pytest_plugin.capture import Connector
from lakestand.pytest_plugin.names import unique
from lakestand.settings import Settings

if TYPE_CHECKING:  # extras
    from pyiceberg.catalog import Catalog

    from lakestand.lake.table import Sink

TableFormat = Literal["iceberg", "delta"]
CATCH_UP_SECONDS = 60.0


@dataclass(frozen=True)
class IcebergNamespace:
    """A namespace of the stand's Iceberg catalogue.

    Attributes:
        catalog: PyIceberg's client of the catalogue.
        name: the namespace's, to put before a table's: `f"{lakestand_iceberg.name}.orders"`.
        properties: with which PyIceberg's load_catalog opens the catalogue anew.
    """

    catalog: Catalog
    name: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class DeltaFolder:
    """A folder of the stand's bucket of Delta tables: its *url*, and delta-rs' *storage_options* for it."""

    url: str
    storage_options: Mapping[str, str]


@dataclass(frozen=True)
class TablePipeline:
    """Carries what *connector* captures into the tables of *sink*, exactly once, as `lakestand pipeline.run` does."""

    connector: Connector
    sink: Sink

    def run(self) -> None:
        """Carry all that is in the topics now, and return when it is in the tables."""
        from lakestand.clients.registry import Registry, registry_config
        from lakestand.pipeline.run import Pipeline

        settings = self.connector.database.settings
        names = [self.connector.topic(table) for table in self.connector.tables]
        registry = Registry(registry_config(settings))
        Pipeline(bootstrap_servers=settings.bootstrap_servers, topics=names, sinks=[self.sink], registry=registry).run()

    def catch_up(self, timeout: float = CATCH_UP_SECONDS) -> None:
        """Carry changes until every table equals its source; NotReady when it does not within *timeout* seconds."""
        from lakestand.reconcile.comparison import compare
        from lakestand.sources.databases import open_database

        source = open_database(self.connector.database.settings, self.connector.database.kind)

        def equal() -> bool:
            self.run()
            return all(compare(source, table, self.sink).equal for table in self.connector.config.tables)

        probe.until(equal, timeout, f"tables of {self.connector.name} equal to their source")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a mirror, which are in no order; of `f"{table}_changelog"`: every change."""
        mirror = self.sink.existing(table)
        if mirror is None:
            raise TableError(f"no table {table}: no change of it was carried yet")
        rows: list[dict[str, Any]] = mirror.read().to_pylist()
        return rows


class PipelineFactory(Protocol):
    """Makes pipelines into tables of the test's own, which are dropped after the test."""

    def __call__(self, connector: Connector, table_format: TableFormat = "iceberg") -> TablePipeline:
        """Return a pipeline from the topics of *connector* into tables of that format, in a new namespace."""


@contextmanager
def iceberg(settings: Settings) -> Iterator[IcebergNamespace]:
    """Create a namespace for the length of a block, and drop it with its tables."""
    from lakestand.lake import store
    from lakestand.lake.iceberg import tables
    from lakestand.lake.iceberg.catalog import catalog_config

    catalog, name = store.iceberg(settings), unique("test")
    catalog.create_namespace(name)
    try:
        yield IcebergNamespace(catalog, name, catalog_config(settings).properties())
    finally:
        tables.drop_namespace(catalog, name)


@contextmanager
def delta(settings: Settings) -> Iterator[DeltaFolder]:
    """Give out a folder for the length of a block, and delete what is in it."""
    from lakestand.lake import store

    bucket, name = buckets.at(settings, settings.delta_bucket), unique("test")
    try:
        yield DeltaFolder(f"{bucket.url}/{name}", bucket.storage_options)
    finally:
        store.s3(settings).delete_dir_contents(f"{bucket.name}/{name}", missing_dir_ok=True)


@contextmanager
def pipelines(settings: Settings) -> Iterator[PipelineFactory]:
    """Give out a factory for the length of a block, and drop the tables of its pipelines."""
    from lakestand.lake.sinks import SINKS, drop_namespace

    with ExitStack() as made:

        def pipeline(connector: Connector, table_format: TableFormat = "iceberg") -> TablePipeline:
            namespace = unique("test")
            made.callback(drop_namespace, settings, namespace)
            return TablePipeline(connector, SINKS[table_format](settings, namespace))

        yield pipeline
