"""Configurations of connectors to the stand's own databases, made from its settings or from what Connect stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName
from lakestand.sources import includes
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.properties import CLASSES


def for_postgres(settings: Settings, tables: list[str], *, name: str = "", **more: object) -> DebeziumConnectorConfig:
    """Return a connector to *tables* (schema.table) of the stand's PostgreSQL.

    Its topics are <name>.<schema>.<table>; *more* are fields of the configuration that win.
    """
    fields: dict[str, object] = {
        "name": name or f"{settings.postgres_database}-postgres",
        "database": "postgres",
        **_login(settings, settings.postgres_user, settings.postgres_password),
        "database_dbname": settings.postgres_database,
    }
    return _configure(settings, tables, fields | more)


def for_mysql(settings: Settings, tables: list[str], *, name: str = "", **more: object) -> DebeziumConnectorConfig:
    """Return a connector to *tables* (database.table) of the stand's MySQL; otherwise as `for_postgres`."""
    fields: dict[str, object] = {
        "name": name or f"{settings.mysql_database}-mysql",
        "database": "mysql",
        **_login(settings, settings.mysql_user, settings.mysql_password),
        "database_dbname": settings.mysql_database,
    }
    return _configure(settings, tables, fields | more)


def for_mariadb(settings: Settings, tables: list[str], *, name: str = "", **more: object) -> DebeziumConnectorConfig:
    """Return a connector to *tables* (database.table) of the stand's MariaDB; otherwise as `for_postgres`."""
    connector = name or f"{settings.mysql_database}-mariadb"
    return for_mysql(settings, tables, name=connector, **({"database": "mariadb"} | more))


MAKERS: dict[DatabaseName, Callable[..., DebeziumConnectorConfig]] = {
    "postgres": for_postgres,
    "mysql": for_mysql,
    "mariadb": for_mariadb,
}


def database_of(stored: Mapping[str, str]) -> DatabaseName:
    """Return which database a stored configuration of Connect's reads; ServiceError for another kind of connector."""
    for database, connector_class in CLASSES.items():
        if stored["connector.class"] == connector_class:
            return database
    raise ServiceError(
        f"connector {stored['name']} is a {stored['connector.class']}, none of {', '.join(CLASSES)}: "
        "ask Connect about it, invoke connectors.status"
    )


def rebuild(settings: Settings, stored: Mapping[str, str]) -> DebeziumConnectorConfig:
    """Return the connector that a stored configuration of Connect's describes: its tables and all its names.

    What decides how it reads, as snapshot.mode, has its default value. ServiceError for another kind of connector.
    """
    fields = {
        "topic_prefix": stored["topic.prefix"],
        "database_dbname": stored.get("database.dbname") or settings.mysql_database,
        "slot_name": stored.get("slot.name", ""),
        "publication_name": stored.get("publication.name", ""),
        "signal_table": stored.get("signal.data.collection", ""),
        "format": "avro" if _asks_a_registry(stored) else "json",
    }
    tables = includes.listed(stored.get("table.include.list", ""))
    return MAKERS[database_of(stored)](settings, tables, name=stored["name"], **fields)


def _asks_a_registry(stored: Mapping[str, str]) -> bool:
    """Return whether keys or values have a converter, Confluent's or Apicurio's, that writes subjects to a registry."""
    return any(name.startswith(("key.", "value.")) and name.endswith("registry.url") for name in stored)


def with_local_address(settings: Settings, config: DebeziumConnectorConfig) -> DebeziumConnectorConfig:
    """Return *config* with the database's address as this process reaches it, which may differ from Connect's."""
    within = settings.within
    if within is settings or config.database_hostname != within.reach(config.database):
        return config
    port = settings.port(config.database)
    return config.model_copy(update={"database_hostname": settings.host, "database_port": port})


def _login(settings: Settings, user: str, password: SecretStr) -> dict[str, object]:
    """The user that connectors have of their own, or else the database's administrator, as given."""
    if settings.connector_user:
        user, password = settings.connector_user, settings.connector_password
    return {"database_user": user, "database_password": password}


def _configure(settings: Settings, tables: list[str], fields: dict[str, object]) -> DebeziumConnectorConfig:
    within = settings.within  # the addresses as Connect reaches them
    database = str(fields["database"])
    common = {
        "topic_prefix": includes.topic_name(str(fields["name"])),
        "database_hostname": within.reach(database),
        "database_port": within.port(database),
        "table_include_list": includes.include_list(tables),
        "bootstrap_servers": within.bootstrap_servers,
        "largest_record_mb": settings.largest_record_mb,
        "registry_url": within.schema_registry_native_url,
    }
    return DebeziumConnectorConfig.model_validate(common | fields)
