"""PostgreSQL → Iceberg: every type, many rows, and what a replay or a crash leaves of them."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from tests.e2e import bulk
from tests.e2e.started import Start, empty
from tests.e2e.to_iceberg import ToIceberg
from tests.e2e.types import Typed
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)

STAMP = datetime(2026, 2, 28, 23, 59, 59, 123456)  # noqa: DTZ001  a timestamp without a zone
SEVEN = "00000000-0000-0000-0000-000000000007"
POINT = {"x": 1.5, "y": 2.0, "wkb": struct.pack("<BIdd", 1, 1, 1.5, 2), "srid": None}
INTERVAL = round((14 * 30.4375 + 3) * 86_400_000_000) + 4 * 3_600_000_000 + 5 * 60_000_000 + 6_780_000
DIGITS = "123456789012345678901234567890123456.78"
TYPES = (
    Typed("SMALLINT", "-32768", -32_768),
    Typed("INT", "2147483647", 2**31 - 1),
    Typed("BIGINT", "-9223372036854775808", -(2**63)),
    Typed("OID", "7", 7),
    Typed("REAL", "3.1415927", struct.unpack("<f", struct.pack("<f", 3.1415927))[0]),
    Typed("DOUBLE PRECISION", "0.1", 0.1),
    Typed("DOUBLE PRECISION", "'-Infinity'", -math.inf),
    Typed("NUMERIC(12, 3)", "-1.5", Decimal("-1.500")),
    Typed("NUMERIC(38, 2)", DIGITS, Decimal(DIGITS)),
    Typed("NUMERIC(50, 2)", "100", "100.00"),
    Typed("NUMERIC", "1.2345678900", "1.2345678900"),
    Typed("NUMERIC", "-1230.00", "-1230.00"),
    Typed("MONEY", "'$12.34'", Decimal("12.34")),
    Typed("BOOLEAN", "true", True),
    Typed("CHAR(5)", "'ab'", "ab   "),
    Typed("VARCHAR(20)", "'é😀\"'',\n'", "é😀\"',\n"),
    Typed("TEXT", "''", ""),
    Typed("BYTEA", "'\\x00ff'", b"\x00\xff"),
    Typed("DATE", "'0001-01-01'", date(1, 1, 1)),
    Typed("TIME", "'23:59:59.999999'", time(23, 59, 59, 999999)),
    Typed("TIMETZ", "'10:11:12.5+02'", "08:11:12.5Z"),
    Typed("TIMESTAMP", "'2026-02-28 23:59:59.123456'", STAMP),
    Typed("TIMESTAMP(3)", "'2026-02-28 23:59:59.123'", STAMP.replace(microsecond=123000)),
    Typed("TIMESTAMPTZ", "'2026-02-28 23:59:59.123456+05:30'", STAMP.replace(hour=18, minute=29, tzinfo=UTC)),
    Typed("INTERVAL", "'1 year 2 months 3 days 4:05:06.78'", INTERVAL),
    Typed("JSON", "'{\"a\": [1,  2]}'", '{"a": [1,  2]}'),
    Typed("JSONB", "'{\"b\":1.50,\"a\":\"é\"}'", '{"a": "é", "b": 1.50}'),
    Typed("UUID", f"'{SEVEN}'", SEVEN),
    Typed("INET", "'10.0.0.1/8'", "10.0.0.1/8"),
    Typed("CIDR", "'10.0.0.0/8'", "10.0.0.0/8"),
    Typed("MACADDR", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"),
    Typed("XML", "'<a/>'", "<a/>"),
    Typed("TSVECTOR", "'a b'", "'a' 'b'"),
    Typed("INT4RANGE", "'[1,5)'", "[1,5)"),
    Typed("POINT", "'(1.5,2)'", POINT),
    Typed("BIT(1)", "B'1'", True),
    Typed("BIT(10)", "B'1010101010'", b"\xaa\x02"),
    Typed("BIT VARYING(10)", "B'0101'", "0101"),
    Typed("INT[]", "'{1,NULL,3}'", [1, None, 3]),
    Typed("BIGINT[]", "'{}'", []),
    Typed("TEXT[]", "ARRAY['a', 'é\",']", ["a", 'é",']),
    Typed("NUMERIC(5, 1)[]", "'{1.5,-0.1}'", [Decimal("1.5"), Decimal("-0.1")]),
    Typed("DATE[]", "'{2020-01-01}'", [date(2020, 1, 1)]),
    Typed("BOOLEAN[]", "'{t,f}'", [True, False]),
    Typed("TIMESTAMPTZ[]", "'{2026-01-01 00:00:00+00}'", [datetime(2026, 1, 1, tzinfo=UTC)]),
    Typed("UUID[]", f"'{{{SEVEN}}}'", [SEVEN]),
)  # fmt: skip


class TestPostgresToIceberg(ToIceberg):
    """The tests of the road to Iceberg, from PostgreSQL."""

    database = "postgres"
    types = TYPES

    @classmethod
    def starts(cls) -> dict[str, Start]:
        """Return the tables of all databases, and one that begins empty."""
        return super().starts() | {"transaction": empty(bulk.COLUMNS)}

    def test_a_transaction_is_there_as_a_whole_and_a_rolled_back_one_is_not(self, roads: Mapping[str, Road]) -> None:
        road, row = roads["transaction"], "(id, amount) VALUES ({}, 1)"
        road.source.execute(
            f"DO $$ BEGIN INSERT INTO {road.table} {row.format(1)}; UPDATE {road.table} SET amount = 2; "
            f"DELETE FROM {road.table}; INSERT INTO {road.table} {row.format(2)}; END $$"
        )
        road.source.execute(
            f"DO $$ BEGIN BEGIN DELETE FROM {road.table}; RAISE 'no'; EXCEPTION WHEN OTHERS THEN END; END $$"
        )
        road.source.execute(f"INSERT INTO {road.table} {row.format(3)}")
        road.carry(5)

        assert road.ops() == "cudcc"
        assert sorted(bulk.read_mirror(road)) == [2, 3]
