"""Finding the source tables whose changes registered connectors capture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lakestand.errors import BadArgument, ServiceError
from lakestand.settings import Settings
from lakestand.sources import includes
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.databases import open_database
from lakestand.sources.properties import CLASSES


@dataclass(frozen=True, order=True)
class SourceTable:
    """A table of one of the stand's databases, each by its name."""

    database: str
    table: str


def captured_tables(settings: Settings, database: str = "") -> list[SourceTable]:
    """Return the tables that connectors read, of one database or (without its name) of all.

    Raises:
        ServiceError: when no connector reads a table, or Connect does not answer.
    """
    client = DebeziumClient(settings.connect_url)
    configs = [answer["info"]["config"] for answer in client.describe_connectors().values()]
    lists = {
        d: [c.get("table.include.list", "") for c in configs if c["connector.class"] == CLASSES[d]] for d in CLASSES
    }
    names = [d for d in CLASSES if any(lists[d]) and database in ("", d)]
    tables = sorted(
        SourceTable(d, t)
        for d in names
        for t in open_database(settings, d).tables()
        if any(includes.includes(include_list, t) for include_list in lists[d])
    )
    if not tables:
        raise ServiceError(
            f"no connector reads a table{f' of {database}' if database else ''}: invoke connectors.status; "
            "or name both, --table and --source"
        )
    return tables


def select_tables(settings: Settings, names: Sequence[str], database: str) -> list[SourceTable]:
    """Return the tables of these *names*, or without names all that connectors read.

    With names and a *database* Connect is not asked, for the connector may be gone.

    Raises:
        BadArgument: when a name is no table's.
        ServiceError: as `captured_tables` does.
    """
    if names and database:
        candidates = [SourceTable(database, name) for name in names]
    else:
        candidates = captured_tables(settings, database)
    tables = [t for t in candidates if not names or t.table in names]
    existing = {t.table for t in tables if open_database(settings, t.database).columns(t.table)}
    if unknown := [name for name in names if name not in existing]:
        known = open_database(settings, database).tables() if database else [t.table for t in candidates]
        raise BadArgument(f"no table {', '.join(unknown)}; there are: {', '.join(known) or 'none'}")
    return tables
