"""Columns whose values may not arrive as the database shows them, each as a query of its catalogue; docs/values.md."""

from __future__ import annotations

from lakestand.sources.preflight.table_checks import MYSQL_COLUMN, POSTGRES_CLASS, TableCheck

# The driver takes each for a charset of Java's that is another.
FOREIGN_CHARSETS = ("hp8", "swe7", "koi8u", "armscii8", "keybcs2", "geostd8")
DATED = "data_type IN ('date', 'datetime', 'timestamp')"
STRICT = "FIND_IN_SET('NO_ZERO_DATE', @@GLOBAL.sql_mode) AND FIND_IN_SET('NO_ZERO_IN_DATE', @@GLOBAL.sql_mode)"

MYSQL = (
    TableCheck(
        "warning",
        MYSQL_COLUMN.format(where="data_type = 'float'"),
        "of a FLOAT the snapshot has the six digits that the server prints, the stream has all",
        "ALTER TABLE {table} MODIFY the column DOUBLE",
    ),
    TableCheck(
        "warning",
        MYSQL_COLUMN.format(where=f"character_set_name IN {FOREIGN_CHARSETS}"),
        "the binary log's reader takes its charset for another: letters beyond ASCII arrive wrong in the stream",
        "ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4",
    ),
    TableCheck(
        "note",
        MYSQL_COLUMN.format(where=f"{DATED} AND NOT ({STRICT})"),
        "a date without a year, a month or a day arrives as null: sql_mode allows it here",
    ),
)
POSTGRES = (
    TableCheck(
        "note",
        POSTGRES_CLASS.format(
            column="a.attname",
            detail="''",
            join="JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped",
            where="a.atttypid = 'money'::regtype",
        ),
        "a snapshot reads money as a double: beyond 90 trillion the last digits differ",
        "numeric(20,2) has them",
    ),
)
