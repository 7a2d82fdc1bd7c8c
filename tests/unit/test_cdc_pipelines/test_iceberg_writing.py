"""Writing beside other writers: what a table takes, what it follows, and what is refused before anything is written."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.types import BooleanType, LongType

from lakestand.errors import IncompatibleSchema, TableError
from lakestand.lake.iceberg import partition, tables, writing
from lakestand.lake.iceberg.evolution import Evolution, evolve
from tests.unit.test_cdc_pipelines.conftest import SCHEMA, rows


def test_rows_of_another_type_are_refused_before_anything_is_written(table: Table) -> None:
    with pytest.raises(IncompatibleSchema, match=r"shop\.orders\.id is int64 in the table and string in the source"):
        writing.append(table, pa.table({"id": ["1"], "name": ["a"]}))
    assert table.refresh().current_snapshot() is None


def test_new_columns_are_taken_only_where_the_table_may_follow(table: Table) -> None:
    wider = pa.table({"id": [1], "name": ["a"], "more": [True]})

    with pytest.raises(TableError, match="more is new or wider in the rows"):
        writing.append(table, wider)
    writing.append(table, wider, evolve=True)

    assert table.scan().to_arrow().to_pylist() == [{"id": 1, "name": "a", "more": True}]


def test_a_column_that_another_writer_added_meanwhile_is_taken(catalog: Catalog, table: Table) -> None:
    evolve(catalog.load_table("shop.orders"), Evolution(add={"more": BooleanType()}))

    writing.append(table, pa.table({"id": [1], "name": ["a"], "more": [True]}))
    writing.append(catalog.load_table("shop.orders"), pa.table({"id": [2], "less": [1]}), evolve=True)
    writing.append(table, pa.table({"id": [3], "less": [2]}), evolve=True)

    assert [list(r.values()) for r in table.scan().to_arrow().sort_by("id").to_pylist()] == [
        [1, "a", True, None],
        [2, None, None, 1],
        [3, None, None, 2],
    ]


def test_schema_changes_from_the_same_state_are_both_made(catalog: Catalog, table: Table) -> None:
    other = catalog.load_table("shop.orders")
    evolve(table, Evolution(add={"more": BooleanType()}))
    evolve(other, Evolution(add={"less": LongType()}, rename={"name": "label"}))

    assert table.refresh().schema().column_names == ["id", "label", "more", "less"]
    with pytest.raises(TableError, match="less"):
        evolve(table, Evolution(add={"less": LongType()}))


def test_changes_of_the_partitions_from_the_same_state_end_in_the_last_one(catalog: Catalog, table: Table) -> None:
    other = catalog.load_table("shop.orders")
    partition.repartition(table, ["bucket(4, id)"])
    partition.repartition(other, ["name"])

    assert [f.name for f in table.refresh().spec().fields] == ["name"]


def test_a_required_column_takes_no_null(catalog: Catalog) -> None:
    table = tables.create(catalog, "shop.keyed", SCHEMA, key=["id"])

    with pytest.raises(IncompatibleSchema, match=r"shop\.keyed\.id is required"):
        writing.append(table, pa.table({"id": [1, None], "name": ["a", "b"]}))
    writing.append(table, rows((1, "a")))

    assert table.scan().to_arrow().to_pylist() == [{"id": 1, "name": "a"}]
