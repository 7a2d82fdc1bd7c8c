"""Creating, loading, renaming and dropping tables and namespaces."""

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

from lakestand.errors import BadArgument, TableError
from lakestand.lake.iceberg import partition
from lakestand.lake.names import TableName

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
    """Create a table, with its namespace where that is missing, and return it.

    Args:
        catalog: to create it in.
        name: namespace.table.
        schema: its columns.
        key: columns that identify a row; they are required, and become the table's identifier fields.
        partitions: its partition fields, spelled as in `partition`: days(at), bucket(16, id).
        properties: of the table.
        format_version: 1, 2 or 3; PyIceberg only reads 3.

    Raises:
        BadArgument: when there is no such format version, or a partition has no known spelling.
        TableError: when the table exists, or does not have the columns of *key* and *partitions*.
    """
    if format_version not in FORMATS:
        raise BadArgument(f"{name}: no Iceberg format version {format_version}; there are 1, 2 and 3")
    columns = _columns(name, schema, key)
    with _as_table_errors(name):
        catalog.create_namespace_if_not_exists(name.rpartition(".")[0])
        return catalog.create_table(
            name,
            columns,
            partition_spec=partition.build_spec(columns, partitions),
            properties={**(properties or {}), "format-version": str(format_version)},
        )


def load(catalog: Catalog, name: str) -> Table:
    """Return the table as it is now; TableError when it does not exist.

    A name with several dots is first one of a nested namespace, then a table's whose name has dots.
    """
    with suppress(NoSuchTableError, NoSuchNamespaceError):
        return catalog.load_table(name)
    with _as_table_errors(name):
        return catalog.load_table(tuple(TableName.parse(name)))


def load_all(catalog: Catalog) -> Iterator[Table]:
    """Yield all tables of the catalogue, of nested namespaces too, by name; those dropped meanwhile are left out."""
    for identifier in sorted(name for space in namespaces(catalog) for name in _names(catalog, space)):
        with suppress(NoSuchTableError):
            yield catalog.load_table(identifier)


def namespaces(catalog: Catalog, parent: Identifier = ()) -> Iterator[Identifier]:
    """Yield the namespaces below *parent*, at any depth, each before those below it."""
    try:
        children = catalog.list_namespaces(parent)
    except NoSuchNamespaceError:  # dropped a moment ago
        return
    for child in children:
        yield child
        yield from namespaces(catalog, child)


def rename(catalog: Catalog, name: str, to: str) -> Table:
    """Give a table another name, also in another namespace that exists, and return it.

    Raises:
        TableError: when there is no such table or namespace, or when the new name is taken.
    """
    load(catalog, name)
    if catalog.table_exists(to):
        raise TableError(f"{name} cannot be renamed: there is a table {to}")
    with _as_table_errors(name, to.rpartition(".")[0]):
        return catalog.rename_table(name, to)


def drop(catalog: Catalog, name: str, *, purge: bool = True) -> None:
    """Remove a table from the catalogue; its files are deleted too unless *purge* is false.

    Raises:
        TableError: when it does not exist.
    """
    with _as_table_errors(name):
        load(catalog, name)
        (catalog.purge_table if purge else catalog.drop_table)(name)


def drop_namespace(catalog: Catalog, name: str) -> None:
    """Drop a namespace, if it exists, with all namespaces below it, their tables and the tables' files."""
    root = Catalog.identifier_to_tuple(name)
    if not catalog.namespace_exists(root):
        return
    for namespace in reversed([root, *namespaces(catalog, root)]):
        with suppress(NoSuchNamespaceError):  # some catalogues list parents that nobody made
            for table in catalog.list_tables(namespace):
                catalog.purge_table(table)
            catalog.drop_namespace(namespace)


def name(table: Table) -> str:
    """Return the table's full name: namespace.table."""
    return ".".join(table.name())


def check_writable(table: Table) -> None:
    """Raise TableError for a table whose format version PyIceberg only reads."""
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
    # PyIceberg's public conversion needs field ids in the Arrow schema; this is the one that its create_table uses.
    columns = assign_fresh_schema_ids(Catalog._convert_schema_if_needed(required))  # noqa: SLF001
    return Schema(*columns.fields, identifier_field_ids=[columns.find_field(k).field_id for k in key])


@contextmanager
def _as_table_errors(name: str, namespace: str = "") -> Iterator[None]:
    """Turn PyIceberg's errors about the table *name* into TableError; a missing *namespace* is its own by default."""
    try:
        yield
    except NoSuchTableError as err:
        raise TableError(f"no table {name}; invoke iceberg.tables lists them") from err
    except NoSuchNamespaceError as err:
        space = namespace or name.rpartition(".")[0]
        raise TableError(f"no namespace {space}; invoke iceberg.tables lists what there is") from err
    except TableAlreadyExistsError as err:
        raise TableError(f"there is a table {name} already") from err
