"""What PostgreSQL's catalogue says of tables: `facts.TableFacts`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lakestand.lake.names import TableName
from lakestand.sources.facts import Index, Kind, TableFacts

KINDS: Mapping[str, Kind] = {
    "r": "table",
    "p": "partitioned",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}
_INDEXES = """
SELECT coalesce(json_agg(json_build_object('name', x.relname, 'is_primary', i.indisprimary, 'is_identity',
    i.indisreplident, 'is_partial', i.indpred IS NOT NULL, 'is_deferrable', NOT i.indimmediate,
    'columns', k.columns, 'is_nullable', k.nullable)), '[]')
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid CROSS JOIN LATERAL (
    SELECT json_agg(coalesce(a.attname, '') ORDER BY u.ord) AS columns, bool_or(NOT coalesce(a.attnotnull, false))
        AS nullable
    FROM unnest(i.indkey) WITH ORDINALITY u(num, ord)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num AND u.num > 0
    WHERE u.ord <= i.indnkeyatts) k
WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid"""
QUERY = f"""
SELECT n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname), c.relkind::text, c.relpersistence = 'p',
    (SELECT json_build_array(rn.nspname, r.relname) FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
     WHERE c.relispartition AND r.oid = pg_partition_root(c.oid)),
    (SELECT coalesce(json_agg(json_build_array(hn.nspname, h.relname) ORDER BY 1), '[]') FROM pg_inherits p
     JOIN pg_class h ON h.oid = p.inhrelid JOIN pg_namespace hn ON hn.oid = h.relnamespace WHERE p.inhparent = c.oid
     AND h.relkind IN ('r', 'p', 'f')),
    (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a WHERE a.attrelid = c.oid
     AND a.attnum > 0 AND a.attgenerated <> '' AND NOT a.attisdropped),
    ({_INDEXES})
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest(%s::text[], %s::text[])) AND c.relkind NOT IN ('i', 'I', 'S', 't')
"""  # noqa: S608  no value is put in


def read(tables: Sequence[str], ask: Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]) -> list[TableFacts]:
    """Return the facts of those of *tables* that exist; *ask* runs a query with its parameters."""
    names = [TableName.parse(table) for table in tables]
    rows = ask(QUERY, [[name.schema for name in names], [name.table for name in names]])
    return list(map(_facts, rows))


def _facts(row: Sequence[Any]) -> TableFacts:
    schema, table, quoted, kind, is_logged, root, children, generated, indexes = row
    return TableFacts(
        name=str(TableName(schema, table)),
        quoted=quoted,
        kind=KINDS.get(kind, "other"),
        is_logged=is_logged,
        root=str(TableName(*root)) if root else "",
        children=[str(TableName(*child)) for child in children],
        generated=generated,
        indexes=[Index(**index) for index in indexes],
    )
