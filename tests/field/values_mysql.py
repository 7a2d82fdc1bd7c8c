"""Values of MySQL that a lake's types hold badly or not at all; docs/values.md says what becomes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from tests.field.case import Case

# The server's mode forbids dates without a day: IGNORE makes them dates of zeros.
ANY_DATE = "INSERT IGNORE INTO"

CASES: tuple[Case, ...] = (
    Case(
        name="my-zero",
        reason="Dates without a year, a month or a day, and the year 0.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, d date, dt datetime(6), ts timestamp NULL, y year, "
                "nd date NOT NULL, "
                "ndt datetime NOT NULL)"
            )
        ],
        before=[
            (
                f"{ANY_DATE} {{s}}t VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00', 0, '0000-00-00', "
                f"'0000-00-00'), "
                "(2, '2020-00-15', '2020-01-00', '2020-01-01', 2155, '2020-01-01', '2020-01-01 10:00:00')"
            )
        ],
        after=[f"{ANY_DATE} {{s}}t SELECT id + 2, d, dt, ts, y, nd, ndt FROM {{s}}t"],
        expected=[
            *({"id": n, "d": None, "dt": None, "ts": None, "y": 0, "nd": None, "ndt": None} for n in (1, 3)),
            *(
                {
                    "id": n,
                    "d": None,
                    "dt": None,
                    "ts": datetime(2020, 1, 1, tzinfo=UTC),
                    "y": 2155,
                    "nd": date(2020, 1, 1),
                    "ndt": datetime(2020, 1, 1, 10),  # noqa: DTZ001  a DATETIME has no zone
                }
                for n in (2, 4)
            ),
        ],
    ),
    Case(
        name="my-dates",
        reason="Dates before the calendar of 1582, from the first year to the last.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, d date, dt datetime, d3 datetime(3), d6 datetime(6) NOT NULL, "
                "ts timestamp(6) NULL, y year, ti time, t6 time(6))"
            )
        ],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, '0001-01-01', '0001-01-01 01:01:01', '1582-10-04 23:59:59.999', "
                "'0001-01-01 00:00:00.000001', '1970-01-01 00:00:01.000001', 1901, '-838:59:59', '838:59:59'), "
                "(2, '9999-12-31', '9999-12-31 23:59:59', '1700-02-28 00:00:00.5', '9999-12-31 23:59:59.999999', "
                "'2038-01-19 03:14:07.999999', 2155, '00:00:00', '-00:00:00.000001')"
            )
        ],
        after=["INSERT INTO {s}t SELECT id + 2, d, dt, d3, d6, ts, y, ti, t6 FROM {s}t"],
    ),
    Case(
        name="my-null-default",
        reason="A null in a column with a default value is a null.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, a tinyint default 1, n int default 5, "
                "v varchar(20) default 'x', "
                "d datetime default '2020-01-01', m decimal(8,2) default 1.5, e enum('p', 'q') default 'p')"
            )
        ],
        before=["INSERT INTO {s}t VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL)"],
        after=["INSERT INTO {s}t VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL)"],
        expected=[{"id": n} | dict.fromkeys("anvdme") for n in (1, 2)],
    ),
    Case(
        name="my-numbers",
        reason="Numbers at the ends of their types.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, a tinyint unsigned, b smallint unsigned zerofill, "
                "c mediumint unsigned, "
                "d int unsigned, e bigint unsigned, f bit(1), g bit(12), h bit(64), i decimal(65,30), "
                "j decimal(38,10), "
                "k tinyint(1), m double, s dec(5,5))"
            )
        ],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, 255, 65535, 16777215, 4294967295, 18446744073709551615, b'1', b'101', "
                "18446744073709551615, -99999999999999999999999999999999999.999999999999999999999999999999, "
                "1234567890123456789012345678.0123456789, 127, -1.7976931348623157e308, 0.99999), "
                "(2, 0, 0, 0, 0, 0, b'0', b'0', 0, 0.000000000000000000000000000001, 0, -128, 5e-324, 0)"
            )
        ],
        after=["INSERT INTO {s}t SELECT id + 2, a, b, c, d, e, f, g, h, i, j, k, m, s FROM {s}t"],
        expected=[
            *(
                {
                    "id": n,
                    "a": 255,
                    "b": 65535,
                    "c": 16777215,
                    "d": 4294967295,
                    "e": Decimal(2**64 - 1),
                    "f": True,
                    "g": b"\5\0",
                    "h": 8 * b"\xff",
                    "i": f"-{35 * '9'}.{30 * '9'}",
                    "j": Decimal("1234567890123456789012345678.0123456789"),
                    "k": 127,
                    "m": -1.7976931348623157e308,
                    "s": Decimal("0.99999"),
                }
                for n in (1, 3)
            ),
            *(
                {
                    "id": n,
                    "a": 0,
                    "b": 0,
                    "c": 0,
                    "d": 0,
                    "e": Decimal(0),
                    "f": False,
                    "g": b"\0\0",
                    "h": 8 * b"\0",
                    "i": f"0.{29 * '0'}1",
                    "j": Decimal("0E-10"),
                    "k": -128,
                    "m": 5e-324,
                    "s": Decimal("0.00000"),
                }
                for n in (2, 4)
            ),
        ],
    ),
)
