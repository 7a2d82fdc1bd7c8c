"""What tables have that does not arrive as a reader would expect, each as a query of the database's catalogue.

A query gets the names of the connector's tables, and returns for each finding the table's name, the column's (or ''),
the quoted name of the table for statements, and a detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lakestand.lake.names import TableName
from lakestand.sources.findings import Finding, Severity


@dataclass(frozen=True)
class TableCheck:
    """A query, and what each row that it returns means; `{table}` and `{detail}` in the texts are the row's."""

    severity: Severity
    query: str
    text: str
    help: str = ""


POSTGRES_CLASS = (
    "SELECT n.nspname || '.' || c.relname, {column}, format('%%I.%%I', n.nspname, c.relname), {detail} FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace {join} WHERE n.nspname || '.' || c.relname = ANY(%s) "
    "AND c.relkind IN ('r', 'p') AND {where} ORDER BY 1, 2"
)
_HAS_KEY = "EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate)"


def _classes(where: str) -> str:
    return POSTGRES_CLASS.format(column="''", detail="''", join="", where=where)


POSTGRES = (
    TableCheck(
        "warning",
        _classes(f"(c.relreplident = 'n' OR c.relreplident = 'd' AND NOT {_HAS_KEY})"),
        "it has no replica identity: while it is published, PostgreSQL refuses every UPDATE and DELETE of it",
        "ALTER TABLE {table} REPLICA IDENTITY FULL",
    ),
    TableCheck(
        "note",
        _classes("c.relreplident = 'f'"),
        "REPLICA IDENTITY FULL: every UPDATE and DELETE writes the whole old row into the log",
    ),
    TableCheck(
        "note",
        _classes(f"c.relreplident = 'd' AND {_HAS_KEY}"),
        "the log holds the key alone of the row before a change: the changelog's other columns of before are null",
        "ALTER TABLE {table} REPLICA IDENTITY FULL logs the whole row",
    ),
    TableCheck(
        "warning",
        POSTGRES_CLASS.format(
            column="a.attname",
            detail="format_type(t.oid, NULL)",
            join="JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 JOIN pg_type t ON t.oid = a.atttypid",
            where="t.typtype = 'e' AND NOT EXISTS (SELECT FROM pg_enum e WHERE e.enumtypid = t.oid)",
        ),
        "its enum type {detail} has no label, so it can hold nothing but null",
        "ALTER TYPE {detail} ADD VALUE 'label'",
    ),
)

_CASCADE = (
    "SELECT CONCAT(r.constraint_schema, '.', r.table_name), '', "
    "CONCAT('`', r.constraint_schema, '`.`', r.table_name, '`'), CONCAT(r.constraint_name, ' (ON DELETE ', "
    "r.delete_rule, ', ON UPDATE ', r.update_rule, ')') FROM information_schema.referential_constraints r "
    "WHERE CONCAT(r.constraint_schema, '.', r.table_name) IN %s AND (r.delete_rule IN ('CASCADE', 'SET NULL', "
    "'SET DEFAULT') OR r.update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) ORDER BY 1, 4"
)
MYSQL_COLUMN = (
    "SELECT CONCAT(table_schema, '.', table_name), column_name, CONCAT('`', table_schema, '`.`', table_name, '`'), "
    "column_type FROM information_schema.columns WHERE CONCAT(table_schema, '.', table_name) IN %s AND {where} "
    "ORDER BY 1, ordinal_position"
)
MYSQL = (
    TableCheck(
        "warning",
        _CASCADE,
        "foreign key {detail} changes its rows within the storage engine: these changes are never in the binary log",
        "Do the same in a trigger or in the application; invoke reconcile shows what is missing",
    ),
    TableCheck(
        "note", MYSQL_COLUMN.format(where="extra LIKE '%%INVISIBLE%%'"), "an invisible column arrives like any other"
    ),
)


def run(cursor: Any, checks: Sequence[TableCheck], tables: Sequence[str]) -> Iterator[Finding]:  # noqa: ANN401  of either driver
    """Yield what *checks* find in *tables* by *cursor*, of psycopg or PyMySQL."""
    if not tables:
        return
    names = {".".join(TableName.parse(table)): table for table in tables}
    for check in checks:
        cursor.execute(check.query, [list(names)])
        for table, column, quoted, detail in cursor.fetchall():
            texts = {"text": check.text, "help": check.help}
            filled = {name: text.format(table=quoted, detail=detail) for name, text in texts.items()}
            yield Finding(severity=check.severity, table=names[table], column=column, **filled)
