"""What MySQL's and MariaDB's catalogue says of tables: `facts.TableFacts`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from lakestand.lake.names import TableName
from lakestand.sources.facts import Index, TableFacts

TABLES = (
    "SELECT table_schema, table_name, table_type FROM information_schema.tables "
    "WHERE (table_schema, table_name) IN ({})"
)
INDEXES = (
    "SELECT table_schema, table_name, index_name, column_name, nullable FROM information_schema.statistics "
    "WHERE non_unique = 0 AND (table_schema, table_name) IN ({}) ORDER BY 1, 2, 3, seq_in_index"
)


def read(tables: Sequence[str], ask: Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]) -> list[TableFacts]:
    """Return the facts of those of *tables* that exist; *ask* runs a query with its parameters."""
    if not tables:
        return []
    marks, names = ", ".join(["(%s, %s)"] * len(tables)), [part for table in tables for part in TableName.parse(table)]
    indexes: dict[str, list[Index]] = {}
    for (schema, table, index), rows in groupby(ask(INDEXES.format(marks), names), key=lambda row: row[:3]):
        indexes.setdefault(str(TableName(schema, table)), []).append(_index(index, list(rows)))
    return [
        TableFacts(
            name=(name := str(TableName(schema, table))),
            quoted=".".join(f"`{part.replace('`', '``')}`" for part in (schema, table)),
            kind="view" if "VIEW" in kind else "table",
            indexes=indexes.get(name, ()),
        )
        for schema, table, kind in ask(TABLES.format(marks), names)
    ]


def _index(name: str, rows: Sequence[tuple[Any, ...]]) -> Index:
    return Index(
        name=name,
        columns=[column or "" for _, _, _, column, _ in rows],
        is_primary=name == "PRIMARY",
        is_nullable=any(nullable == "YES" for *_, nullable in rows),
    )
