"""A table's life: create, load, rename, drop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import (
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.schema import Schema, assign_fresh_schema_ids
from pyiceberg.table import Table
from pyiceberg.typedef import Identifier

from lakestand.errors import TableError
from lakestand.lake.iceberg import partition

FORMATS = (1, 2, 3)
WRITABLE = (1, 2)


def create(
    catalog: Catalog,
    name: str,
    schema: pa.Schema,
    *,
    key: Sequence[str] = (),
    partitions: Sequence[str] = (),
    properties: Mapping[str, str] | None = None,
    format_version: int = 2,
) -> Table:
    """Make namespace.table, and its namespace where that is missing.

    Args:
        catalog: where.
        name: namespace.table.
        schema: the columns.
        key: columns that name a row; they are required, and become the table's identifier fields.
        partitions: as `partition` spells them.
        properties: of the table.
        format_version: of the table; PyIceberg writes 1 and 2, and only reads 3.
    """
    if format_version not in FORMATS:
        raise TableError(f"{name}: no Iceberg format version {format_version}; there are 1, 2 and 3")
    columns = _columns(name, schema, key)
    with _telling(name):
        catalog.create_namespace_if_not_exists(name.rpartition(".")[0])
        return catalog.create_table(
            name,
            columns,
            partition_spec=partition.build_spec(columns, partitions),
            properties={**(properties or {}), "format-version": str(format_version)},
        )


def load(catalog: Catalog, name: str) -> Table:
    """The table as it is now; TableError when it is not there."""
    with _telling(name):
        return catalog.load_table(name)


def load_all(catalog: Catalog) -> Iterator[Table]:
    """All tables of the catalogue, of nested namespaces too, by name, but for those that are dropped meanwhile."""
    for found in sorted(name for space in namespaces(catalog) for name in _names(catalog, space)):
        with suppress(NoSuchTableError):
            yield catalog.load_table(found)


def namespaces(catalog: Catalog, parent: Identifier = ()) -> Iterator[Identifier]:
    """Those below *parent*, and theirs."""
    try:
        children = catalog.list_namespaces(parent)
    except NoSuchNamespaceError:  # dropped a moment ago
        return
    for child in children:
        yield child
        yield from namespaces(catalog, child)


def rename(catalog: Catalog, name: str, to: str) -> Table:
    """The same table under another name, also into another namespace that exists."""
    with _telling(name):
        load(catalog, name)
        if catalog.table_exists(to):
            raise TableError(f"{name} cannot be renamed: there is a table {to}")
        return catalog.rename_table(name, to)


def drop(catalog: Catalog, name: str, *, purge: bool = True) -> None:
    """Take the table out of the catalogue; with *purge* its files are deleted too, else they stay in the store."""
    with _telling(name):
        load(catalog, name)
        (catalog.purge_table if purge else catalog.drop_table)(name)


def drop_namespace(catalog: Catalog, name: str) -> None:
    """Drop a namespace with the namespaces below it, all their tables and the tables' files, if it is there."""
    root = Catalog.identifier_to_tuple(name)
    if not catalog.namespace_exists(root):
        return
    for namespace in reversed([root, *namespaces(catalog, root)]):
        with suppress(NoSuchNamespaceError):  # some catalogues list parents that nobody made
            for table in catalog.list_tables(namespace):
                catalog.purge_table(table)
            catalog.drop_namespace(namespace)


def name(table: Table) -> str:
    """namespace.table."""
    return ".".join(table.name())


def check_writable(table: Table) -> None:
    """TableError for a table of a format that PyIceberg only reads."""
    if table.format_version not in WRITABLE:
        raise TableError(
            f"{name(table)} has format version {table.format_version}: PyIceberg reads it and cannot write "
            "it. Write it with Spark, or make the table with format version 2"
        )


def _names(catalog: Catalog, namespace: Identifier) -> Sequence[Identifier]:
    try:
        return catalog.list_tables(namespace)
    except NoSuchNamespaceError:  # dropped a moment ago
        return ()


def _columns(name: str, schema: pa.Schema, key: Sequence[str]) -> Schema:
    unknown = [k for k in key if k not in schema.names]
    if unknown:
        raise TableError(f"{name}: the key {', '.join(unknown)} is no column; there are {', '.join(schema.names)}")
    required = pa.schema([f.with_nullable(nullable=False) if f.name in key else f for f in schema])
    # PyIceberg's public conversion wants field ids in the Arrow schema; this is the one that its create_table uses.
    found = assign_fresh_schema_ids(Catalog._convert_schema_if_needed(required))  # noqa: SLF001
    return Schema(*found.fields, identifier_field_ids=[found.find_field(k).field_id for k in key])


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """PyIceberg's complaints as ours."""
    try:
        yield
    except NoSuchTableError as err:
        raise TableError(f"no table {name}; invoke iceberg.tables lists them") from err
    except NoSuchNamespaceError as err:
        raise TableError(f"no namespace {name.rpartition('.')[0]}; invoke iceberg.tables lists what there is") from err
    except TableAlreadyExistsError as err:
        raise TableError(f"there is a table {name} already") from err
