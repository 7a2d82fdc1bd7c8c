"""The life of an Iceberg table: create, load, list, rename, drop, evolve."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table
from pyiceberg.typedef import Identifier

from lakestand.errors import BadArgument, LakestandError, TableError
from lakestand.lake.iceberg import tables, writing
from tests.unit.test_cdc_pipelines.conftest import SCHEMA, rows


def columns(table: Table) -> list[tuple[int, str, str]]:
    """Return field id, name and type of each column."""
    return [(f.field_id, f.name, str(f.field_type)) for f in table.schema().fields]


def test_a_created_table_has_the_columns_asked_for_and_no_snapshot(catalog: Catalog) -> None:
    made = tables.create(catalog, "shop.orders", SCHEMA)

    assert columns(made) == [(1, "id", "long"), (2, "name", "string")]
    assert (made.current_snapshot(), made.format_version, made.spec().is_unpartitioned()) == (None, 2, True)


def test_a_key_is_required_and_identifies_rows(catalog: Catalog) -> None:
    made = tables.create(catalog, "shop.orders", SCHEMA, key=["id"])

    assert [f.required for f in made.schema().fields] == [True, False]
    assert made.schema().identifier_field_names() == {"id"}


def test_properties_and_format_version_are_kept(catalog: Catalog) -> None:
    tables.create(catalog, "shop.orders", SCHEMA, properties={"owner": "shop"}, format_version=1)

    found = tables.load(catalog, "shop.orders")
    assert (found.properties["owner"], found.format_version) == ("shop", 1)


def test_a_nested_schema_keeps_its_shape(catalog: Catalog) -> None:
    nested = pa.schema([("who", pa.struct([("name", pa.string()), ("tags", pa.list_(pa.int32()))]))])

    made = tables.create(catalog, "shop.people", nested)
    writing.append(made, pa.table({"who": [{"name": "é😀", "tags": [1, None]}]}, schema=nested))

    assert made.scan().to_arrow().to_pylist() == [{"who": {"name": "é😀", "tags": [1, None]}}]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"key": ["no"]}, TableError, r"shop\.orders: the key no is no column; there are id, name"),
        ({"format_version": 4}, BadArgument, r"shop\.orders: no Iceberg format version 4"),
        ({"partitions": ["days(id)"]}, TableError, r"column id is long: day cannot partition it"),
        ({"partitions": ["years(when)"]}, TableError, r"no column when; there are id, name"),
        ({"partitions": ["weeks(id)"]}, BadArgument, r"'weeks\(id\)' is no partition"),
    ],
)
def test_a_table_that_cannot_be_is_refused_and_not_made(
    catalog: Catalog, arguments: dict[str, object], error: type[LakestandError], message: str
) -> None:
    with pytest.raises(error, match=message):
        tables.create(catalog, "shop.orders", SCHEMA, **arguments)  # type: ignore[arg-type]
    assert not catalog.table_exists("shop.orders")


def test_a_table_is_not_made_twice(catalog: Catalog, table: Table) -> None:
    writing.append(table, rows((1, "a")))

    with pytest.raises(TableError, match=r"there is a table shop\.orders already"):
        tables.create(catalog, "shop.orders", SCHEMA)
    assert tables.load(catalog, "shop.orders").scan().to_arrow().num_rows == 1


def test_a_missing_table_is_named_with_the_command_that_lists_them(catalog: Catalog) -> None:
    with pytest.raises(TableError, match=r"no table shop\.none; invoke iceberg\.tables"):
        tables.load(catalog, "shop.none")


class Busy(SqlCatalog):
    """A catalogue in which shop.gone and the namespace left are dropped as soon as they are listed."""

    def list_namespaces(self, namespace: str | Identifier = ()) -> list[Identifier]:
        found = super().list_namespaces(namespace)
        if not namespace:
            self.drop_namespace("left")
        return found

    def list_tables(self, namespace: str | Identifier) -> list[Identifier]:
        found = super().list_tables(namespace)
        if ("shop", "gone") in found:
            self.drop_table("shop.gone")
        return found


def test_tables_and_namespaces_that_go_while_they_are_listed_are_left_out(tmp_path: Path) -> None:
    busy = Busy("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/warehouse")
    busy.create_namespace("left")
    for name in ("shop.gone", "shop.orders"):
        tables.create(busy, name, SCHEMA)

    assert [tables.name(t) for t in tables.load_all(busy)] == ["shop.orders"]


def test_tables_of_nested_namespaces_are_listed_too(catalog: Catalog) -> None:
    for name in ("shop.orders", "shop.europe.orders", "shop.europe.old.orders", "alone.orders"):
        tables.create(catalog, name, SCHEMA)

    found = [tables.name(t) for t in tables.load_all(catalog)]

    assert found == ["alone.orders", "shop.europe.old.orders", "shop.europe.orders", "shop.orders"]


def test_a_renamed_table_has_its_rows_and_its_history(catalog: Catalog, table: Table) -> None:
    writing.append(table, rows((1, "a")))

    renamed = tables.rename(catalog, "shop.orders", "shop.sales")

    assert catalog.list_tables("shop") == [("shop", "sales")]
    assert renamed.scan().to_arrow().to_pylist() == [{"id": 1, "name": "a"}]
    assert [s.snapshot_id for s in renamed.snapshots()] == [s.snapshot_id for s in table.snapshots()]


def test_a_rename_onto_another_table_is_refused(catalog: Catalog, table: Table) -> None:
    tables.create(catalog, "shop.sales", SCHEMA)

    with pytest.raises(TableError, match=r"shop\.orders cannot be renamed: there is a table shop\.sales"):
        tables.rename(catalog, "shop.orders", "shop.sales")
    assert table.refresh().name() == ("shop", "orders")


def test_a_dropped_table_leaves_its_files_and_a_purged_one_none(catalog: Catalog, tmp_path: Path) -> None:
    for name in ("shop.dropped", "shop.purged"):
        writing.append(tables.create(catalog, name, SCHEMA), rows((1, "a")))

    tables.drop(catalog, "shop.dropped", purge=False)
    tables.drop(catalog, "shop.purged")

    assert catalog.list_tables("shop") == []
    assert {p.relative_to(tmp_path / "warehouse").parts[1] for p in tmp_path.rglob("*.parquet")} == {"dropped"}


def test_a_dropped_namespace_takes_those_below_it_and_all_files_along(catalog: Catalog, tmp_path: Path) -> None:
    for name in ("shop.orders", "shop.europe.old.orders", "alone.orders"):
        writing.append(tables.create(catalog, name, SCHEMA), rows((1, "a")))

    tables.drop_namespace(catalog, "shop")
    tables.drop_namespace(catalog, "shop")

    assert list(tables.namespaces(catalog)) == [("alone",)]
    assert {p.relative_to(tmp_path / "warehouse").parts[0] for p in tmp_path.rglob("*.parquet")} == {"alone"}


def test_a_missing_table_cannot_be_dropped(catalog: Catalog) -> None:
    with pytest.raises(TableError, match=r"no table shop\.none"):
        tables.drop(catalog, "shop.none")
