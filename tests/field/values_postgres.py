"""Values of PostgreSQL that a lake's types hold badly or not at all; docs/values.md says what becomes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from tests.field.case import Case

LAST, FIRST = datetime.max, datetime.min  # noqa: DTZ901  a timestamp without a zone
LONG = "repeat('0123456789abcdef', 1000)"

CASES: tuple[Case, ...] = (
    Case(
        name="pg-infinity",
        reason="Dates and times that are infinite, or beyond the years of Python's dates.",
        ddl=["CREATE TABLE {s}t (id int primary key, d date, ts timestamp, tz timestamptz)"],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, 'infinity', 'infinity', 'infinity'), (2, '-infinity', '-infinity', "
                "'-infinity')"
            ),
            "INSERT INTO {s}t VALUES (3, '0044-03-15 BC', '0044-03-15 10:00 BC', '0044-03-15 10:00+00 BC')",
        ],
        after=["INSERT INTO {s}t SELECT id + 3, d, ts, tz FROM {s}t", "UPDATE {s}t SET d = '12345-01-01' WHERE id = 6"],
        expected=[
            *({"id": n, "d": date.max, "ts": LAST, "tz": LAST.replace(tzinfo=UTC)} for n in (1, 4)),
            *({"id": n, "d": date.min, "ts": FIRST, "tz": FIRST.replace(tzinfo=UTC)} for n in (2, 3, 5)),
            {"id": 6, "d": date.max, "ts": FIRST, "tz": FIRST.replace(tzinfo=UTC)},
        ],
        named=["pg_infinity.t.d: 1 value is infinity", "pg_infinity.t.tz: 1 value is before year 1"],
    ),
    Case(
        name="pg-old-dates",
        reason="Dates before the calendar of 1582, and the ends of what a lake can hold.",
        ddl=["CREATE TABLE {s}t (id int primary key, d date NOT NULL, ts timestamp(3) NOT NULL, tz timestamptz)"],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, '0001-01-01', '0001-01-01', '0001-01-01+00'), "
                "(2, '1500-02-28', '1500-02-28 12:34:56.789', '1500-02-28 12:34:56+00'), "
                "(3, '9999-12-31', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999+00')"
            )
        ],
        after=["INSERT INTO {s}t SELECT id + 3, d, ts, tz FROM {s}t"],
    ),
    Case(
        name="pg-time-24",
        reason="The end of a day as a time of day.",
        ddl=["CREATE TABLE {s}t (id int primary key, a time, b timetz)"],
        before=["INSERT INTO {s}t VALUES (1, '24:00:00', '24:00:00+00'), (2, '00:00', '23:59:59.999999+12')"],
        after=["INSERT INTO {s}t VALUES (3, '24:00:00', '24:00:00-07')"],
        named=["pg_time_24.t.a: 1 value is 24:00:00"],
    ),
    Case(
        name="pg-nan",
        reason="Numbers that are none, in every type that has them.",
        ddl=[
            "CREATE TABLE {s}t (id int primary key, n numeric(10,2) NOT NULL, u numeric NOT NULL, f float4, d float8)"
        ],
        before=[
            "INSERT INTO {s}t VALUES (1, 'NaN', 'NaN', 'NaN', 'NaN'), (2, 1.5, 'Infinity', 'Infinity', '-Infinity')"
        ],
        after=["INSERT INTO {s}t VALUES (3, 'NaN', '-Infinity', 'NaN', 'Infinity')"],
        named=["pg_nan.t.n: 1 value is NaN or Infinity"],
    ),
    Case(
        name="pg-nan-text",
        reason="A decimal that is no number is null where the type has a precision, and its text where it has none.",
        ddl=["CREATE TABLE {s}t (id int primary key, n numeric(10,2), u numeric)"],
        before=["INSERT INTO {s}t VALUES (1, 'NaN', 'NaN')"],
        after=["INSERT INTO {s}t VALUES (2, 'NaN', '-Infinity')"],
        expected=[{"id": 1, "n": None, "u": "NaN"}, {"id": 2, "n": None, "u": "-Infinity"}],
    ),
    Case(
        name="pg-decimals",
        reason="Decimals whose digits a float or an exponent would lose.",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, a numeric, b numeric(50,30), c numeric(3,5), d numeric(5,-2), "
                "e numeric(1000,500), f numeric(38,10))"
            )
        ],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, 0.0000001, 0, 0.00999, 1234567, 1e-500, "
                "1234567890123456789012345678.0123456789), "
                "(2, 0.00000000, 1e-30, -0.00001, -9950, 0, -0.0000000001)"
            )
        ],
        after=["INSERT INTO {s}t SELECT id + 2, a, b, c, d, e, f FROM {s}t"],
        expected=[
            *(
                {
                    "id": n,
                    "a": "0.0000001",
                    "b": f"0.{30 * '0'}",
                    "c": Decimal("0.00999"),
                    "d": Decimal(1234600),
                    "e": f"0.{499 * '0'}1",
                    "f": Decimal("1234567890123456789012345678.0123456789"),
                }
                for n in (1, 3)
            ),
            *(
                {
                    "id": n,
                    "a": "0.00000000",
                    "b": f"0.{29 * '0'}1",
                    "c": Decimal("-0.00001"),
                    "d": Decimal(-10000),
                    "e": f"0.{500 * '0'}",
                    "f": Decimal("-0.0000000001"),
                }
                for n in (2, 4)
            ),
        ],
    ),
    Case(
        name="pg-null-default",
        reason="A null in a column with a default value is a null.",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, a boolean default true, n int default 5, v text default 'x', "
                "m numeric(8,2) default 1.5, d date default 'infinity', i int[] default '{{1}}', "
                "t timestamptz default now())"
            )
        ],
        before=["INSERT INTO {s}t VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"],
        after=["INSERT INTO {s}t VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"],
        expected=[{"id": n} | dict.fromkeys(("a", "n", "v", "m", "d", "i", "t")) for n in (1, 2)],
    ),
)
