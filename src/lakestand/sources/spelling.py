"""SQL expressions by which a database gives a column in the form that Debezium's connector gives a mirror.

There is one table a database, from the names of types to expressions in which {c} is the column. The forms are those of
"Data type mappings" in the documentation of Debezium's connectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # an extra, for reading rows
    import pyarrow as pa

# Compared as values, for Debezium and the database write blanks in different places.
JSON = frozenset({"json", "jsonb", "hstore"})

# The two numbers of a point in well-known binary, little endian, where float8send is big endian.
REVERSED = " || ".join(
    f"substring(float8send({{c}}[{axis}]) FROM {byte} FOR 1)" for axis in (0, 1) for byte in range(8, 0, -1)
)
POSTGRES = {
    "point": "CASE WHEN {c} IS NOT NULL THEN json_build_object('x', {c}[0]::text, 'y', {c}[1]::text, "
    f"'wkb', ('\\x0101000000'::bytea || {REVERSED})::text) END",
    "money": "{c}::numeric",
    "hstore": "hstore_to_json({c})",
    "timetz": "replace(({c} AT TIME ZONE 'UTC')::text, '+00', 'Z')",
}
# For columns that the mirror has as numbers: microseconds, where a month is a twelfth of 365.25 days.
POSTGRES_NUMBERS = {
    "time": "{c}::text",
    "interval": "((EXTRACT(year FROM {c}) * 12 + EXTRACT(month FROM {c})) * 2629800000000 "
    "+ EXTRACT(day FROM {c}) * 86400000000 + EXTRACT(hour FROM {c}) * 3600000000 "
    "+ EXTRACT(minute FROM {c}) * 60000000 + EXTRACT(microseconds FROM {c}))::bigint",
}

# A date without a year, a month or a day is null in the binary log's reader, and so in a mirror.
WHOLE = "CASE WHEN YEAR({c}) > 0 AND MONTH({c}) > 0 AND DAY({c}) > 0 THEN {whole} END"
HEX = "CONCAT('0x', HEX({c}))"
SHAPE = (
    """CONCAT('{"srid":', COALESCE(CONCAT('"', NULLIF(ST_SRID({c}), 0), '"'), 'null'), """
    """',"wkb":"0x', HEX(SUBSTRING(CAST({c} AS BINARY), 5)), '"'{more}, '}')"""
)
# x and y in the order of the bytes: with an SRID that has latitude first, ST_X would be the second of them.
POINT = """, ',"x":"', ST_X(ST_SRID({c}, 0)), '","y":"', ST_Y(ST_SRID({c}, 0)), '"'"""
SHAPES = ("geometry", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection")
MYSQL = {
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), HEX),
    **dict.fromkeys(SHAPES, SHAPE.replace("{more}", "")),
    "point": SHAPE.replace("{more}", POINT),
    "float": "({c} + 0e0)",  # a plain float column is printed with six digits
    "time": "TIMESTAMPDIFF(MICROSECOND, '2000-01-01', ADDTIME('2000-01-01 00:00:00.000000', {c}))",
    "date": WHOLE.replace("{whole}", "{c}"),
    "datetime": WHOLE.replace("{whole}", "{c}"),
    "timestamp": WHOLE.replace("{whole}", "CONCAT({c}, 'Z')"),
}
# MariaDB has no order of axes, and no ST_SRID with two arguments.
MARIADB = MYSQL | {"point": MYSQL["point"].replace("ST_SRID({c}, 0)", "{c}")}


def postgres(column: str, kind: str, to: pa.DataType) -> str:
    """Return the expression with which COPY selects a column.

    >>> import pyarrow as pa
    >>> postgres('"price"', "money", pa.decimal128(10, 2))
    '"price"::numeric'

    Args:
        column: its quoted name.
        kind: its udt_name.
        to: its type in the mirror.
    """
    from pyarrow import types  # noqa: PLC0415

    if kind.startswith("_"):
        return f"{column}::text"
    table: Mapping[str, str] = POSTGRES_NUMBERS if types.is_integer(to) else POSTGRES
    return table.get(kind, "{c}").replace("{c}", column)


def mysql(column: str, kind: str, to: pa.DataType, table: Mapping[str, str] = MYSQL) -> str:
    """Return the expression that makes a column a field of a CSV line.

    Args:
        column: its quoted name.
        kind: its data_type.
        to: its type in the mirror.
        table: MYSQL or MARIADB.
    """
    from pyarrow import types  # noqa: PLC0415

    if kind == "bit":
        text = f"{column} + 0" if types.is_boolean(to) else f"LPAD(BIN({column} + 0), 8 * LENGTH({column}), '0')"
    else:
        text = table.get(kind, "{c}").replace("{c}", column)
    if types.is_string(to) or types.is_binary(to) or types.is_nested(to):
        text = f"""CONCAT('"', REPLACE(CONVERT({text} USING utf8mb4), '"', '""'), '"')"""
    return f"COALESCE({text}, '')"
