"""How a database is asked for a column so that its text is what the mirror holds. One table a database.

What a type is mirrored as: "Data type mappings" in the documentation of Debezium's connectors.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

# Compared by what they mean: Debezium and the database write blanks in different places.
JSON = frozenset({"json", "jsonb", "hstore"})

# A point's two numbers as well-known binary, whose bytes are the other way round.
REVERSED = " || ".join(
    f"substring(float8send({{c}}[{axis}]) FROM {byte} FOR 1)" for axis in (0, 1) for byte in range(8, 0, -1)
)
POSTGRES = {
    "point": "CASE WHEN {c} IS NOT NULL THEN json_build_object('x', {c}[0]::text, 'y', {c}[1]::text, "
    f"'wkb', ('\\x0101000000'::bytea || {REVERSED})::text) END",
    "number": "trim_scale({c})",
    "money": "{c}::numeric",
    "hstore": "hstore_to_json({c})",
    "timetz": "replace(({c} AT TIME ZONE 'UTC')::text, '+00', 'Z')",
}
# Where the mirror has a number: microseconds, a month being the twelfth part of 365.25 days.
POSTGRES_NUMBERS = {
    "time": "(EXTRACT(epoch FROM {c}) * 1000000)::bigint",
    "interval": "((EXTRACT(year FROM {c}) * 12 + EXTRACT(month FROM {c})) * 2629800000000 "
    "+ EXTRACT(day FROM {c}) * 86400000000 + EXTRACT(hour FROM {c}) * 3600000000 "
    "+ EXTRACT(minute FROM {c}) * 60000000 + EXTRACT(microseconds FROM {c}))::bigint",
}

HEX = "CONCAT('0x', HEX({c}))"
SHAPE = (
    """CONCAT('{"srid":', COALESCE(CONCAT('"', NULLIF(ST_SRID({c}), 0), '"'), 'null'), """
    """',"wkb":"0x', HEX(SUBSTRING(CAST({c} AS BINARY), 5)), '"'{more}, '}')"""
)
# As the bytes have them: where latitude comes first, ST_X is the second of them.
POINT = """, ',"x":"', ST_X(ST_SRID({c}, 0)), '","y":"', ST_Y(ST_SRID({c}, 0)), '"'"""
SHAPES = ("geometry", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection")
MYSQL = {
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), HEX),
    **dict.fromkeys(SHAPES, SHAPE.replace("{more}", "")),
    "point": SHAPE.replace("{more}", POINT),
    "float": "({c} + 0e0)",  # as it stands MySQL prints six digits
    "time": "TIMESTAMPDIFF(MICROSECOND, '2000-01-01', ADDTIME('2000-01-01 00:00:00.000000', {c}))",
    "timestamp": "CONCAT({c}, 'Z')",
}
# MariaDB knows no order of axes, and so nothing that turns them round.
MARIADB = MYSQL | {"point": MYSQL["point"].replace("ST_SRID({c}, 0)", "{c}")}


def postgres(column: str, kind: str, to: pa.DataType) -> str:
    """A quoted column of type *kind* (udt_name), for COPY."""
    if kind.startswith("_"):
        return f"array_to_json({column}::text[])"
    table: Mapping[str, str] = POSTGRES_NUMBERS if pa.types.is_integer(to) else POSTGRES
    return table.get(kind, "{c}").replace("{c}", column)


def mysql(column: str, kind: str, to: pa.DataType, table: Mapping[str, str] = MYSQL) -> str:
    """A quoted column of type *kind* (data_type) as a field of a CSV line; *table* is MYSQL or MARIADB."""
    if kind == "bit":
        text = f"{column} + 0" if pa.types.is_boolean(to) else f"LPAD(BIN({column} + 0), 8 * LENGTH({column}), '0')"
    else:
        text = table.get(kind, "{c}").replace("{c}", column)
    if pa.types.is_string(to) or pa.types.is_binary(to) or pa.types.is_nested(to):
        text = f"""CONCAT('"', REPLACE(CONVERT({text} USING utf8mb4), '"', '""'), '"')"""
    return f"COALESCE({text}, '')"
