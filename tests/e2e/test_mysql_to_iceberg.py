"""MySQL → Iceberg: every type, many rows, and what a replay or a crash leaves of them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.e2e.started import Start, inserting
from tests.e2e.to_iceberg import ToIceberg
from tests.e2e.types import Typed
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)

STAMP = datetime(2026, 2, 28, 23, 59, 59, 123456)  # noqa: DTZ001  a DATETIME has no zone
PLAIN = {"x": 1.5, "y": 2.0, "wkb": struct.pack("<BIdd", 1, 1, 1.5, 2), "srid": None}
# As WGS 84 has it latitude comes first in the text, and second in the bytes.
EARTH = {"x": 2.0, "y": 1.5, "wkb": struct.pack("<BIdd", 1, 1, 2, 1.5), "srid": 4326}
LINE = {"wkb": struct.pack("<BIIdddd", 1, 2, 2, 0, 0, 1, 1), "srid": None}
HOURS = -(838 * 3600 + 59 * 60 + 58) * 1_000_000 - 1
DIGITS = "123456789012345678901234567890123456.78"
TYPES = (
    Typed("TINYINT", "-128", -128),
    Typed("BOOLEAN", "true", 1),
    Typed("SMALLINT UNSIGNED", "65535", 65_535),
    Typed("MEDIUMINT", "-8388608", -(2**23)),
    Typed("INT UNSIGNED", "4294967295", 2**32 - 1),
    Typed("BIGINT", "-9223372036854775808", -(2**63)),
    Typed("BIGINT UNSIGNED", "18446744073709551615", Decimal(2**64 - 1)),
    Typed("FLOAT", "1.5", 1.5),
    Typed("DOUBLE", "0.1", 0.1),
    Typed("DECIMAL(12, 3)", "-1.5", Decimal("-1.500")),
    Typed("DECIMAL(38, 2)", DIGITS, Decimal(DIGITS)),
    Typed("DECIMAL(65, 2)", "1.5", "1.50"),
    Typed("CHAR(5)", "'ab'", "ab"),
    Typed("VARCHAR(20)", "'é😀\"'',\n'", "é😀\"',\n"),
    Typed("VARCHAR(20) CHARACTER SET latin1", "'é'", "é"),
    Typed("LONGTEXT", "''", ""),
    Typed("BINARY(4)", "'ab'", b"ab\x00\x00"),
    Typed("VARBINARY(4)", "x'00ff'", b"\x00\xff"),
    Typed("BLOB", "x'00ff'", b"\x00\xff"),
    Typed("DATE", "'1000-01-01'", date(1000, 1, 1)),
    Typed("TIME(6)", "'-838:59:58.000001'", HOURS),
    Typed("TIME", "'10:11:12'", 36_672_000_000),
    Typed("DATETIME(6)", "'2026-02-28 23:59:59.123456'", STAMP),
    Typed("DATETIME", "'2026-02-28 23:59:59'", STAMP.replace(microsecond=0)),
    Typed("TIMESTAMP(6)", "'2026-02-28 23:59:59.123456'", STAMP.replace(tzinfo=UTC)),
    Typed("TIMESTAMP", "'2026-02-28 23:59:59'", STAMP.replace(microsecond=0, tzinfo=UTC)),
    Typed("YEAR", "2026", 2026),
    Typed("ENUM('a', 'é')", "'é'", "é"),
    Typed("SET('a', 'b')", "'a,b'", "a,b"),
    Typed("BIT(1)", "1", True),
    Typed("BIT(10)", "b'1010101010'", b"\xaa\x02"),
    Typed("BIT(12)", "5", b"\x05\x00"),
    Typed("POINT", "ST_GeomFromText('POINT(1.5 2)')", PLAIN),
    Typed("POINT", "ST_GeomFromText('POINT(1.5 2)', 4326)", EARTH),
    Typed("GEOMETRY", "ST_GeomFromText('LINESTRING(0 0, 1 1)')", LINE),
)  # fmt: skip


JSON = '{"b": [1, 2.5, "é\\\\n"], "aa": null}'


class TestMySQLToIceberg(ToIceberg):
    """The tests of the road to Iceberg, from MySQL."""

    database = "mysql"
    types = TYPES

    @classmethod
    def starts(cls) -> dict[str, Start]:
        """Return the tables of all databases, and two more."""
        return super().starts() | {
            "json": inserting("id INT PRIMARY KEY, j JSON", f"(1, '{JSON}')"),
            "float": inserting("id INT PRIMARY KEY, f FLOAT", "(1, 3.1415927)"),
        }

    def test_json_means_the_same_by_snapshot_and_by_stream(self, roads: Mapping[str, Road]) -> None:
        road = roads["json"]
        road.source.execute(f"INSERT INTO {road.table} VALUES (2, '{JSON}')")
        road.carry(2)

        # Both as the server prints it.
        assert {row["id"]: row["j"] for row in road.mirror().to_pylist()} == {
            1: '{"b": [1, 2.5, "é\\n"], "aa": null}',
            2: '{"b": [1, 2.5, "é\\n"], "aa": null}',
        }
        assert road.compare().equal

    def test_a_float_of_many_digits_differs_after_a_snapshot_and_the_comparison_says_so(
        self, roads: Mapping[str, Road]
    ) -> None:
        road = roads["float"]
        road.source.execute(f"INSERT INTO {road.table} VALUES (2, 3.1415927)")
        road.carry(2)

        # The snapshot reads the six digits that MySQL prints of a FLOAT.
        assert {row["id"]: f"{row['f']:.7f}" for row in road.mirror().to_pylist()} == {1: "3.1415901", 2: "3.1415927"}
        assert road.compare().difference.changed_first == [((1,), ["f"])]
