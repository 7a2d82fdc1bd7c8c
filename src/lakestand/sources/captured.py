"""The source tables whose changes registered connectors capture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import CLASSES
from lakestand.sources.databases import open_database


@dataclass(frozen=True, order=True)
class SourceTable:
    """A table of a database of the stand."""

    database: str
    table: str


def captured_tables(settings: Settings, database: str = "") -> list[SourceTable]:
    """All tables that connectors read, of one database or of all; ServiceError when there is none."""
    client = DebeziumClient(settings.connect_url)
    configs = [client.get_connector(name)["config"] for name in client.list_connectors()]
    patterns = {d: [p for c in configs if c["connector.class"] == CLASSES[d] for p in _patterns(c)] for d in CLASSES}
    wanted = [d for d in CLASSES if patterns[d] and database in ("", d)]
    found = sorted(
        SourceTable(d, t) for d in wanted for t in open_database(settings, d).tables() if _any(patterns[d], t)
    )
    if not found:
        raise ServiceError(
            f"no connector reads a table{f' of {database}' if database else ''}: invoke connectors.status; "
            "or name both, --table and --source"
        )
    return found


def select_tables(settings: Settings, names: Sequence[str], database: str) -> list[SourceTable]:
    """The tables of these *names*, or all that connectors read; ServiceError for a name that is no table's.

    With both names and *database*, Connect is not asked: the connector may be gone.
    """
    given = (
        [SourceTable(database, name) for name in names] if names and database else captured_tables(settings, database)
    )
    found = [each for each in given if not names or each.table in names]
    there = {each.table for each in found if open_database(settings, each.database).columns(each.table)}
    if unknown := [name for name in names if name not in there]:
        known = open_database(settings, database).tables() if database else [each.table for each in given]
        raise ServiceError(f"no table {', '.join(unknown)}; there are: {', '.join(known) or 'none'}")
    return found


def _patterns(config: dict[str, str]) -> list[str]:
    return [p.strip() for p in config.get("table.include.list", "").split(",") if p.strip()]


def _any(patterns: Sequence[str], table: str) -> bool:
    return any(re.fullmatch(pattern, table) for pattern in patterns)
