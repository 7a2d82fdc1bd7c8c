"""Values that no table can hold, texts of PostgreSQL, and what the choice of the user makes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from lakestand.lake.standins import Choice
from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.unlogged import is_placeholder, may_have_placeholder
from tests.unit.pipeline.connect import Field, field, record

TEXT = "__debezium_unavailable_value"
DATE, STAMP, ZONED, TIME = (f"io.debezium.time.{n}" for n in ("Date", "MicroTimestamp", "ZonedTimestamp", "MicroTime"))
LAST = datetime.max  # noqa: DTZ901  a timestamp without a zone
FIRST = datetime.min  # noqa: DTZ901


def numeric(**parameters: str) -> Field:
    return field("x", "string", "dev.lakestand.Numeric", parameters=parameters)


def array(element: str, **parameters: str) -> Field:
    return field("x", "string", "dev.lakestand.Array", parameters={"element": element} | parameters)


def events(column: Field, *values: object, choice: Choice = "stand-in", connector: str = "postgresql") -> Events:
    """Return the events of an insert of each value."""
    columns = (field("id", "int32"), column)
    rows = [{"id": n, "x": value} for n, value in enumerate(values)]
    records = [record(n, "c", after=row, columns=columns, connector=connector) for n, row in enumerate(rows)]
    (found,), bad = Decoder(choice=choice).decode(records)
    assert bad == []
    return found


def arrived(column: Field, value: object, **more: Any) -> object:  # noqa: ANN401  options of `events`
    """Return what becomes of a value."""
    return events(column, value, **more).rows["after"].combine_chunks().field("x").to_pylist()[0]


@pytest.mark.parametrize(
    ("column", "wire", "value", "reason"),
    [
        (field("x", "int32", DATE), 2**31 - 1, date(9999, 12, 31), "infinity"),
        (field("x", "int32", DATE), -(2**31), date(1, 1, 1), "-infinity"),
        (field("x", "int32", DATE), 2_932_897, date(9999, 12, 31), "after year 9999"),
        (field("x", "int32", DATE), -719_163, date(1, 1, 1), "before year 1"),
        (field("x", "int64", STAMP), 2**63 - 1, LAST, "infinity"),
        (field("x", "int64", STAMP), -(2**63), FIRST, "-infinity"),
        (field("x", "int64", STAMP), 253_402_300_800_000_000, LAST, "after year 9999"),
        (field("x", "string", ZONED), "infinity", LAST.replace(tzinfo=UTC), "infinity"),
        (field("x", "string", ZONED), "+10000-01-01T00:00:00Z", LAST.replace(tzinfo=UTC), "after year 9999"),
        (field("x", "string", ZONED), "-0043-03-15T10:00:00Z", FIRST.replace(tzinfo=UTC), "before year 1"),
        (field("x", "int64", TIME), 86_400_000_000, time.max, "24:00:00"),
        (numeric(precision="10", scale="2"), "NaN", None, "NaN or Infinity"),
        (numeric(precision="10", scale="2"), "-Infinity", None, "NaN or Infinity"),
        (array("int4"), "{{1,2},{3,NULL}}", [1, 2, 3, None], "of more than one dimension"),
        (array("date"), "{infinity,2020-01-01}", [date.max, date(2020, 1, 1)], "infinity"),
        (array("timestamptz"), "{-infinity}", [FIRST.replace(tzinfo=UTC)], "-infinity"),
        (array("numeric", precision="8", scale="3"), "{NaN,1.5}", [None, Decimal("1.500")], "NaN or Infinity"),
    ],
)
def test_a_value_that_no_table_can_hold_has_a_stand_in_that_is_counted(
    column: Field, wire: object, value: object, reason: str
) -> None:
    found = events(column, None, wire, wire)

    assert found.rows["after"].combine_chunks().field("x").to_pylist() == [None, value, value]
    assert found.stand_ins == {("x", reason): 2}
    assert found.refusal == ""


@pytest.mark.parametrize(
    ("column", "wire", "value"),
    [
        (field("x", "int32", DATE), 2_932_896, date(9999, 12, 31)),
        (field("x", "int32", DATE), -719_162, date(1, 1, 1)),
        (field("x", "int64", STAMP), 253_402_300_799_999_999, LAST),
        (field("x", "int64", TIME), 86_399_999_999, time.max),
        (numeric(precision="3", scale="5"), "0.00999", Decimal("0.00999")),
        (numeric(precision="5", scale="-2"), "1234600", Decimal(1234600)),
        (numeric(precision="1000", scale="500"), f"0.{499 * '0'}1", f"0.{499 * '0'}1"),
        (numeric(), "0.00000000", "0.00000000"),
        (numeric(), "NaN", "NaN"),
        (array("text"), '{"a,b","c\\"d",NULL,"NULL",x,""}', ["a,b", 'c"d', None, "NULL", "x", ""]),
        (array("float8"), "{1e-07,Infinity,-Infinity}", [1e-7, math.inf, -math.inf]),
        (array("bool"), "{t,f,NULL}", [True, False, None]),
        (array("bytea"), '{"\\\\x00ff",NULL}', [b"\0\xff", None]),
        (array("time"), "{01:02:03.5}", [time(1, 2, 3, 500_000)]),
        (array("int2"), "[2:3]={7,8}", [7, 8]),
        (array("mood"), "{ok,sad}", ["ok", "sad"]),
        (array("numeric"), "{0.0000001}", ["0.0000001"]),
        (array("int8"), "{}", []),
    ],
)
def test_a_value_that_a_table_can_hold_arrives_as_it_is(column: Field, wire: object, value: object) -> None:
    assert arrived(column, wire) == value
    assert events(column, wire).stand_ins == {}


@pytest.mark.parametrize(
    ("column", "wire", "value"),
    [
        (field("x", "int32", DATE), 2**31 - 1, "infinity"),
        (field("x", "int32", DATE), -720_000, "0003-09-16 BC"),
        (field("x", "int32", DATE), 0, "1970-01-01"),
        (field("x", "int64", STAMP), -(2**63), "-infinity"),
        (field("x", "int64", STAMP), 1_500_000, "1970-01-01 00:00:01.5"),
        (field("x", "int64", STAMP), 253_402_300_800_000_000, "10000-01-01 00:00:00"),
        (field("x", "string", ZONED), "infinity", "infinity"),
        (field("x", "string", ZONED), "2020-01-01T01:02:03.400000Z", "2020-01-01 01:02:03.4+00"),
        (field("x", "int64", TIME), 86_400_000_000, "24:00:00"),
        (numeric(precision="10", scale="2"), "NaN", "NaN"),
        (array("int4"), "{{1,2},{3,4}}", "{{1,2},{3,4}}"),
    ],
)
def test_as_text_it_is_what_the_database_prints(column: Field, wire: object, value: object) -> None:
    assert arrived(column, wire, choice="text") == value


@pytest.mark.parametrize(
    ("column", "wire", "value"),
    [
        (field("x", "int64", STAMP), 2**63 - 1, None),
        (array("int4"), "{{1,2}}", None),
        (array("date"), "{infinity,2020-01-01}", [None, date(2020, 1, 1)]),
    ],
)
def test_it_is_null_where_that_is_the_choice(column: Field, wire: object, value: object) -> None:
    assert arrived(column, wire, choice="null") == value


def test_it_is_refused_by_name_where_that_is_the_choice() -> None:
    found = events(field("x", "int32", DATE), 2**31 - 1, 0, choice="refuse")

    assert found.refusal.startswith("no table can hold values of x (1 infinity)")


def test_mysql_has_no_texts_in_the_place_of_dates() -> None:
    assert arrived(field("x", "int32", DATE), 0, choice="text", connector="mysql") == date(1970, 1, 1)


@pytest.mark.parametrize(
    ("kind", "allowed", "wire", "value"),
    [
        ("Enum", r"a,b\,c,d", r"b\,c", "b,c"),
        ("Enum", r"a,b\,c,d", "b,c", "b,c"),
        ("Enum", r"a,h\\i", r"h\\i", r"h\i"),
        ("Enum", "a,b", "b", "b"),
        ("EnumSet", r"x,w\\v", r"x,w\\v", r"x,w\v"),
    ],
)
def test_a_label_of_the_log_is_the_one_of_the_snapshot(kind: str, allowed: str, wire: str, value: str) -> None:
    column = field("x", "string", f"io.debezium.data.{kind}", parameters={"allowed": allowed})

    assert arrived(column, wire, connector="mysql") == value


@pytest.mark.parametrize(
    "element",
    [
        "int4",
        "int8",
        "float4",
        "float8",
        "bool",
        "bytea",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "text",
        "numeric",
    ],
)
@pytest.mark.parametrize("parameters", [{}, {"precision": "2", "scale": "2"}], ids=["plain", "sized"])
def test_every_array_has_a_placeholder(element: str, parameters: Mapping[str, str]) -> None:
    found = events(array(element, **parameters), TEXT, None, "{}").rows["after"].combine_chunks().field("x")

    assert [is_placeholder(value, found.type) for value in found.to_pylist()] == [True, False, False]
    assert may_have_placeholder(found)
    assert not may_have_placeholder(found.slice(1))
