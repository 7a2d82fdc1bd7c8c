"""What a connector's role must be allowed to do in PostgreSQL, and the statement that allows it.

"Setting up permissions" in the documentation of Debezium's PostgreSQL connector.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.findings import Finding

TABLES = (
    "SELECT format('%%I.%%I', n.nspname, c.relname), quote_ident(n.nspname), n.nspname || '.' || c.relname, "
    "has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'), "
    "pg_has_role(c.relowner, 'USAGE') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname || '.' || c.relname = ANY(%s) AND c.relkind IN ('r', 'p') ORDER BY 1"
)
ROLE = (
    "SELECT rolsuper, rolreplication OR coalesce(pg_has_role((SELECT oid FROM pg_roles WHERE rolname = "
    "'rds_replication'), 'USAGE'), false) FROM pg_roles WHERE rolname = current_user"
)
PUBLISHED = "SELECT schemaname || '.' || tablename FROM pg_publication_tables WHERE pubname = %s"


def examine(connection: psycopg.Connection, config: DebeziumConnectorConfig) -> Iterator[Finding]:
    """Yield an error for each right that the role which *connection* is logged in as lacks; none for a superuser."""
    is_superuser, may_replicate = connection.execute(ROLE).fetchone() or (True, True)
    if is_superuser:
        return
    role = sql.Identifier(config.database_user).as_string()
    if not may_replicate:
        text = f"role {config.database_user} may not replicate"
        yield Finding(severity="error", text=text, help=f"ALTER ROLE {role} REPLICATION")
    tables = connection.execute(TABLES, [config.tables]).fetchall()
    for quoted, schema, name, may_use, may_select, _ in tables:
        if not may_use or not may_select:
            grants = f"GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON {quoted} TO {role}"
            yield Finding(
                severity="error", table=name, text=f"role {config.database_user} may not read it", help=grants
            )
    yield from _publication(connection, config, [(quoted, name, owns) for quoted, _, name, _, _, owns in tables])


def _publication(
    connection: psycopg.Connection, config: DebeziumConnectorConfig, tables: list[tuple[str, str, bool]]
) -> Iterator[Finding]:
    """Debezium makes and extends the publication itself, and only the owner of a table may add the table to one."""
    publication = sql.Identifier(config.publication).as_string()
    if connection.execute("SELECT FROM pg_publication WHERE pubname = %s", [config.publication]).fetchone() is None:
        creates = connection.execute("SELECT has_database_privilege(current_database(), 'CREATE')").fetchone()
        if creates != (True,) or not all(owns for _, _, owns in tables):
            names = ", ".join(quoted for quoted, _, _ in tables)
            text = f"role {config.database_user} may not make publication {config.publication}"
            options = "WITH (publish_via_partition_root = true)"
            create = f"As the tables' owner: CREATE PUBLICATION {publication} FOR TABLE {names} {options}"
            yield Finding(severity="error", text=text, help=create)
        return
    published = {name for (name,) in connection.execute(PUBLISHED, [config.publication]).fetchall()}
    for quoted, name, owns in tables:
        if name not in published and not owns:
            text = f"publication {config.publication} lacks it, and role {config.database_user} does not own it"
            add = f"As its owner: ALTER PUBLICATION {publication} ADD TABLE {quoted}"
            yield Finding(severity="error", table=name, text=text, help=add)
