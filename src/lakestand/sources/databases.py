"""The stand's source databases by name: the one place that knows which name is which database."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lakestand.errors import ServiceError
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
    """The stand's database of that *name*; ServiceError when it is none of DATABASES."""
    for database, make in DATABASES.items():
        if database == name:
            return make(settings)
    raise ServiceError(f"there is no database {name}; there are: {', '.join(DATABASES)}")
