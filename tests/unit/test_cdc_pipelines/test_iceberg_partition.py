"""Hidden partitioning and its evolution."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from lakestand.lake.iceberg import partition, tables, writing

SCHEMA = pa.schema([("id", pa.int64()), ("region", pa.string()), ("at", pa.timestamp("us"))])
DAYS = [datetime(2026, 2, 28, 23), datetime(2026, 3, 1), datetime(2026, 3, 1, 12)]  # noqa: DTZ001  no zone in the column


def events(first: int = 0) -> pa.Table:
    """Return three rows of two days, with ids from *first* on."""
    ids = [first, first + 1, first + 2]
    return pa.table({"id": ids, "region": ["north", "north", "south"], "at": DAYS}, schema=SCHEMA)


def files(table: Table, where: str) -> int:
    """Return how many data files a reader with that filter opens."""
    return len(list(table.scan(row_filter=where).plan_files()))


@pytest.mark.parametrize(
    ("spelling", "column", "transform", "name"),
    [
        ("region", "region", "identity", "region"),
        ("years(at)", "at", "year", "at_year"),
        ("months(at)", "at", "month", "at_month"),
        ("days(at)", "at", "day", "at_day"),
        ("hours(at)", "at", "hour", "at_hour"),
        ("bucket(16, id)", "id", "bucket[16]", "id_bucket"),
        ("truncate(2,region)", "region", "truncate[2]", "region_truncate"),
    ],
)
def test_each_spelling_means_its_transform(spelling: str, column: str, transform: str, name: str) -> None:
    part = partition.parse(spelling)

    assert (part.column, str(part.transform), part.name) == (column, transform, name)


def test_a_filter_on_the_column_opens_only_its_partition(catalog: Catalog) -> None:
    table = tables.create(catalog, "shop.events", SCHEMA, partitions=["days(at)"])
    writing.append(table, events())

    found = table.scan(row_filter="at >= '2026-03-01T00:00:00'").to_arrow()

    assert (files(table, "id >= 0"), files(table, "at >= '2026-03-01T00:00:00'")) == (2, 1)
    assert sorted(found["id"].to_pylist()) == [1, 2]


def test_a_changed_spec_holds_for_new_rows_and_all_rows_are_still_found(catalog: Catalog) -> None:
    table = tables.create(catalog, "shop.events", SCHEMA, partitions=["days(at)"])
    writing.append(table, events())

    partition.repartition(table, ["region"])
    writing.append(table, events(10))

    assert [f.name for f in table.spec().fields] == ["region"]
    assert {t.file.spec_id: t.file.record_count for t in table.scan(row_filter="region = 'south'").plan_files()} == {
        0: 2,
        1: 1,
    }
    assert sorted(table.scan(row_filter="region = 'south'").to_arrow()["id"].to_pylist()) == [2, 12]


def test_a_spec_that_is_asked_for_again_changes_nothing(catalog: Catalog) -> None:
    table = tables.create(catalog, "shop.events", SCHEMA, partitions=["days(at)", "bucket(4, id)"])

    partition.repartition(table, ["days(at)", "bucket(4, id)"])

    assert len(table.specs()) == 1
