"""The stand's source databases by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName
from lakestand.sources.database import Database
from lakestand.sources.mysql import MariaDB, MySQL
from lakestand.sources.postgres import Postgres

DATABASES: Mapping[DatabaseName, Callable[[Settings], Database]] = {
    "postgres": Postgres,
    "mysql": MySQL,
    "mariadb": MariaDB,
}


def open_database(settings: Settings, name: str) -> Database:
    """Return the stand's database of that name; BadArgument when there is none."""
    for database, make in DATABASES.items():
        if database == name:
            return make(settings)
    raise BadArgument(f"there is no database {name}; there are: {', '.join(DATABASES)}")
