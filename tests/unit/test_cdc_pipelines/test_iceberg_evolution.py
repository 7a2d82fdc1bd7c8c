"""Columns of an Iceberg table: added, renamed, widened, dropped and ordered, or refused."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from pyiceberg.types import DecimalType, DoubleType, IntegerType, LongType, StringType

from lakestand.errors import IncompatibleSchema, TableError
from lakestand.lake.iceberg import tables, writing
from lakestand.lake.iceberg.evolution import Evolution, evolve
from tests.unit.test_cdc_pipelines.conftest import rows


def columns(table: Table) -> list[tuple[int, str, str]]:
    """Return field id, name and type of each column."""
    return [(f.field_id, f.name, str(f.field_type)) for f in table.schema().fields]


def test_columns_are_added_renamed_widened_dropped_and_ordered_in_one_commit(catalog: Catalog) -> None:
    schema = pa.schema([("a", pa.int32()), ("b", pa.float32()), ("c", pa.decimal128(5, 2)), ("d", pa.string())])
    table = tables.create(catalog, "shop.wide", schema)
    table.append(pa.table({"a": [1], "b": [0.5], "c": [None], "d": ["x"]}, schema=schema))

    evolve(
        table,
        Evolution(
            add={"e": StringType()},
            rename={"a": "first"},
            widen={"a": LongType(), "b": DoubleType(), "c": DecimalType(9, 2)},
            drop=["d"],
            order=["e", "a"],
        ),
    )

    assert columns(table) == [(5, "e", "string"), (1, "first", "long"), (2, "b", "double"), (3, "c", "decimal(9, 2)")]
    assert table.scan().to_arrow().to_pylist() == [{"e": None, "first": 1, "b": 0.5, "c": None}]
    assert len(table.schemas()) == 2


def test_a_dropped_columns_name_can_be_used_again_without_its_old_values(table: Table) -> None:
    writing.append(table, rows((1, "old")))

    evolve(table, Evolution(drop=["name"]))
    evolve(table, Evolution(add={"name": StringType()}))

    assert table.scan().to_arrow().to_pylist() == [{"id": 1, "name": None}]


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        (Evolution(widen={"id": IntegerType()}), IncompatibleSchema, "Cannot change column type: id: long -> int"),
        (Evolution(widen={"name": LongType()}), IncompatibleSchema, "Cannot change column type: name: string -> long"),
        (Evolution(drop=["none"]), TableError, r"none.*its columns: id long, name string"),
        (Evolution(add={"id": LongType()}), TableError, "id"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_name_and_nothing_changes(
    table: Table, wanted: Evolution, error: type[Exception], message: str
) -> None:
    before = columns(table)

    with pytest.raises(error, match=message):
        evolve(table, Evolution(add={**wanted.add, "extra": LongType()}, widen=wanted.widen, drop=wanted.drop))
    assert columns(table.refresh()) == before
