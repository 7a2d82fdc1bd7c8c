"""What a connector's user must be allowed to do in MySQL and MariaDB, and the statement that allows it.

"Creating a user" in the documentation of Debezium's MySQL connector.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pymysql.cursors import Cursor

from lakestand.clients.sql import quote
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.findings import Finding

# MariaDB has names of its own for two of them.
GLOBAL = ("RELOAD", "REPLICATION SLAVE", "REPLICATION CLIENT")
SYNONYMS = {"REPLICATION CLIENT": {"BINLOG MONITOR"}, "RELOAD": {"FLUSH_TABLES"}}
GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<what>.+?) TO ", re.IGNORECASE)


def examine(cursor: Cursor, config: DebeziumConnectorConfig) -> Iterator[Finding]:
    """Yield an error for each right that the user which *cursor* is logged in as lacks."""
    cursor.execute("SHOW GRANTS")
    grants = read_grants([str(text) for (text,) in cursor.fetchall()])
    everywhere = grants.get("*.*", set())
    if "ALL PRIVILEGES" in everywhere:
        return
    user = config.database_user
    missing = [right for right in GLOBAL if not ({right} | SYNONYMS.get(right, set())) & everywhere]
    if missing:
        help_ = f"GRANT {', '.join(missing)} ON *.* TO '{user}'"
        yield Finding(severity="error", text=f"user {user} lacks {', '.join(missing)}", help=help_)
    for table in config.tables:
        database, _, name = table.partition(".")
        places = ("*.*", f"{quote(database)}.*", f"{quote(database)}.{quote(name)}")
        if not any({"SELECT", "ALL PRIVILEGES"} & grants.get(place, set()) for place in places):
            help_ = f"GRANT SELECT ON {quote(database)}.{quote(name)} TO '{user}'"
            yield Finding(severity="error", table=table, text=f"user {user} may not read it", help=help_)


def read_grants(statements: list[str]) -> dict[str, set[str]]:
    """Return the rights by what they are for, from what SHOW GRANTS prints.

    >>> read_grants(["GRANT SELECT, RELOAD ON *.* TO `cdc`@`%`"]) == {"*.*": {"SELECT", "RELOAD"}}
    True
    """
    rights: dict[str, set[str]] = {}
    for statement in statements:
        if match := GRANT.match(statement):
            names = {name.strip().upper() for name in match["rights"].split(",")}
            rights.setdefault(match["what"].replace("\\_", "_"), set()).update(names)
    return rights
