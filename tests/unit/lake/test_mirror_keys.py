"""Iceberg mirrors by position deletes whose keys, columns or partitions change between the commits of one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.types import StringType

from lakestand.lake.iceberg import partition, rowgroups, words
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.iceberg.table import DELETES, IcebergTable
from tests.unit.lake.conftest import local_catalog
from tests.unit.lake.orders import SCHEMA, Row, batch, mark, read_rows


@pytest.fixture
def sink(tmp_path: Path) -> Iceberg:
    """Return a sink that rewrites no file for being small."""
    return Iceberg(local_catalog(tmp_path), "shop", rewrite_rows=0)


def merge(
    table: IcebergTable,
    number: int,
    upserts: Sequence[Row],
    gone: Sequence[Row] = (),
    *,
    width: int = 1,
    schema: pa.Schema = SCHEMA,
    unknown: Mapping[str, list[int]] = MappingProxyType({}),
) -> None:
    """Merge a batch as the commit of that number."""
    made = batch(upserts, gone, width=width, schema=schema, unknown=unknown)
    table.merge(made, mark(number, number + 1))


def filled(sink: Iceberg, schema: pa.Schema, rows: list[Row], width: int = 1) -> IcebergTable:
    """Return a mirror with *rows*, and with others enough that marking a row does not wear a file."""
    table = sink.table("orders", schema)
    merge(table, 0, rows, width=width, schema=schema)
    return table


def marks(table: IcebergTable) -> int:
    """Return how many delete files the table has."""
    return len({d.file_path for task in table.table.scan().plan_files() for d in task.delete_files})


ODD: dict[str, tuple[pa.DataType, list[Any]]] = {
    "int": (pa.int32(), list(range(20))),
    "text": (pa.string(), [f"k\x00{'x' * n}" for n in range(20)]),
    "bytes": (pa.binary(), [bytes(n) for n in range(20)]),
    "decimal": (pa.decimal128(38, 10), [Decimal(n).scaleb(-10) for n in range(20)]),
    "double": (pa.float64(), [n / 3 for n in range(20)]),
    "time": (pa.timestamp("us", "UTC"), [n * 10**15 for n in range(20)]),
}


@pytest.mark.parametrize("width", [1, 2], ids=["alone", "with another column"])
@pytest.mark.parametrize("null", [False, True], ids=["values", "and null"])
@pytest.mark.parametrize(("kind", "values"), ODD.values(), ids=ODD)
def test_a_row_is_replaced_commit_after_commit_whatever_its_key(
    sink: Iceberg, kind: pa.DataType, values: list[Any], width: int, *, null: bool
) -> None:
    schema = pa.schema([*((f"k{n}", kind) for n in range(width)), ("note", pa.string())])
    keys = pa.array([*values[:-1], None if null else values[-1]], kind).to_pylist()
    table = filled(sink, schema, [(*[key] * width, "old") for key in keys], width)
    for number, at in enumerate((0, -1, 0, -1), 1):
        merge(table, number, [(*[keys[at]] * width, f"{number}")], width=width, schema=schema)

    notes = [row[-1] for row in read_rows(table)]
    assert sorted(notes) == ["3", "4", *["old"] * 18]
    assert marks(table) == 1


def test_a_key_that_widens_finds_the_rows_that_were_there(sink: Iceberg) -> None:
    table = filled(sink, SCHEMA, [(n, "old") for n in range(20)])
    merge(table, 1, [(1, "new")])
    wide = pa.schema([("id", pa.int64()), ("note", pa.string())])
    table.evolve(wide)
    merge(table, 2, [(2, "new"), (2**40, "new")], [(1,)], schema=wide)

    assert read_rows(table) == sorted(
        [(0, "old"), (2, "new"), (2**40, "new"), *((n, "old") for n in range(3, 20))], key=str
    )


def test_columns_that_are_added_and_renamed_between_commits_change_no_row(sink: Iceberg) -> None:
    table = filled(sink, SCHEMA, [(n, "old") for n in range(20)])
    merge(table, 1, [(1, "new")])
    with table.table.update_schema() as update:
        update.rename_column("id", "number")
        update.add_column("more", StringType())
    renamed = pa.schema([("number", pa.int32()), ("note", pa.string()), ("more", pa.string())])
    merge(table, 2, [(2, "new", "x")], [(1,)], schema=renamed)

    assert read_rows(table) == sorted(
        [(0, "old", None), (2, "new", "x"), *((n, "old", None) for n in range(3, 20))], key=str
    )


@pytest.mark.parametrize("rows", ["3", "1000"], ids=["in small row groups", "in one row group"])
def test_an_unknown_value_is_taken_from_the_row_wherever_it_lies(sink: Iceberg, rows: str) -> None:
    schema = pa.schema([("id", pa.int32()), ("note", pa.string()), ("large", pa.string())])
    with sink.table("orders", schema).table.transaction() as transaction:
        transaction.set_properties({rowgroups.LIMIT: rows})
    table = filled(sink, schema, [(n, "old", f"large {n}") for n in range(20)])
    merge(table, 1, [(1, "new", None), (2, "new", "other")], schema=schema, unknown={"large": [0]})
    later = [(1, "newer", None), (2, "newer", None), (3, "new", None), (99, "none", None)]
    merge(table, 2, later, schema=schema, unknown={"large": [0, 1, 2, 3]})

    changed = {row[0]: row[1:] for row in read_rows(table) if row[1] != "old"}
    assert changed == {
        1: ("newer", "large 1"),
        2: ("newer", "other"),
        3: ("new", "large 3"),
        99: ("none", None),
    }


def test_an_unknown_value_of_a_changed_or_nested_column_is_taken_too(sink: Iceberg) -> None:
    nested = pa.struct([("a", pa.string())])
    schema = pa.schema([("id", pa.int32()), ("n", pa.int32()), ("s", nested)])
    table = filled(sink, schema, [(n, n, {"a": f"{n}"}) for n in range(20)])
    table.evolve(wide := pa.schema([("id", pa.int32()), ("n", pa.int64()), ("s", nested), ("new", pa.string())]))
    lacking = {"n": [0, 1], "s": [0, 1], "new": [0, 1]}
    merge(table, 1, [(1, None, None, None), (2, None, None, None)], schema=wide, unknown=lacking)

    assert sorted(row for row in read_rows(table) if row[0] in (1, 2)) == [
        (1, 1, {"a": "1"}, None),
        (2, 2, {"a": "2"}, None),
    ]


@pytest.mark.parametrize("width", [10, 20_000])
def test_wide_rows_are_written_in_small_row_groups(sink: Iceberg, width: int) -> None:
    table = filled(sink, SCHEMA, [(n, "x" * width) for n in range(3000)])
    (task,) = table.table.scan().plan_files()

    with table.table.io.new_input(task.file.file_path).open() as stream:
        assert pq.ParquetFile(stream).metadata.num_row_groups == (1 if width == 10 else 3)


@pytest.mark.parametrize("spelling", ["bucket(4, id)", "note"])
def test_a_partitioned_mirror_moves_a_row_to_the_partition_of_its_new_values(sink: Iceberg, spelling: str) -> None:
    table = filled(sink, SCHEMA, [(n, "ab"[n % 2]) for n in range(40)])
    partition.repartition(table.table, [spelling])
    wanted = {n: "ab"[n % 2] for n in range(40)}
    for number in range(1, 30):
        changed = {(7 * number + n) % 40: "abc"[(number + n) % 3] for n in range(5)}
        gone = (7 * number + 5) % 40
        merge(table, number, list(changed.items()), [(gone,)])
        wanted = {k: v for k, v in wanted.items() if k != gone} | changed

    assert read_rows(table) == sorted(wanted.items(), key=str)
    assert read_rows(sink.table("orders", SCHEMA)) == sorted(wanted.items(), key=str)


def test_a_table_of_a_form_of_its_own_is_written_in_it_and_changes_it_at_any_time(sink: Iceberg) -> None:
    table = filled(sink, SCHEMA, [(n, "old") for n in range(40)])
    merge(table, 1, [(1, "marked")])
    assert (table.form(), marks(table)) == ("position", 1)

    with table.table.transaction() as transaction:
        transaction.set_properties({DELETES: "copy"})
    merge(table, 2, [(2, "copied")])
    assert (table.form(), marks(table)) == ("copy", 0)
    listed = table.table.current_snapshot()
    assert listed is not None
    assert {m.content.name for m in listed.manifests(table.table.io)} == {"DATA"}

    with table.table.transaction() as transaction:
        transaction.set_properties({DELETES: "position"})
    merge(table, 3, [(3, "marked")], [(1,)])
    assert (table.form(), marks(table)) == ("position", 1)
    assert [row for row in read_rows(table) if row[1] != "old"] == [(2, "copied"), (3, "marked")]


def test_a_key_of_two_columns_is_no_sum_of_them() -> None:
    numbers = np.arange(300)
    one, two = (a.ravel() for a in np.meshgrid(numbers, numbers))
    made = words.of(pa.table([pa.array(one), pa.array(two)], names=["a", "b"]))

    assert made.second is not None
    for word in made:
        assert word is not None
        assert len(np.unique(word)) == len(one)
