"""The stand's source databases by name: the one place that knows which name is which database."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lakestand.connectors.config import Database
from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources.mysql import MariaDB, MySQL
from lakestand.sources.postgres import Postgres
from lakestand.sources.table import Source

DATABASES: Mapping[Database, Callable[[Settings], Source]] = {
    "postgres": Postgres,
    "mysql": MySQL,
    "mariadb": MariaDB,
}


def opened(settings: Settings, name: str) -> Source:
    """The stand's database of that *name*; ServiceError when it is none of DATABASES."""
    for database, make in DATABASES.items():
        if database == name:
            return make(settings)
    raise ServiceError(f"there is no database {name}; there are: {', '.join(DATABASES)}")
