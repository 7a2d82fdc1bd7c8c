"""Connectors of the stand's own databases, made from its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName
from lakestand.sources.connector import CLASSES, DebeziumConnectorConfig


def for_postgres(settings: Settings, tables: list[str], *, name: str = "", **more: object) -> DebeziumConnectorConfig:
    """A connector for *tables* (schema.table) of the stand's PostgreSQL; topics <name>.<schema>.<table>."""
    fields: dict[str, object] = {
        "name": name or f"{settings.postgres_database}-postgres",
        "database": "postgres",
        "database_user": settings.postgres_user,
        "database_password": settings.postgres_password,
        "database_dbname": settings.postgres_database,
    }
    return _made(settings, tables, fields | more)


def for_mysql(settings: Settings, tables: list[str], *, name: str = "", **more: object) -> DebeziumConnectorConfig:
    """A connector for *tables* (database.table) of the stand's MySQL; topics <name>.<database>.<table>."""
    fields: dict[str, object] = {
        "name": name or f"{settings.mysql_database}-mysql",
        "database": "mysql",
        "database_user": settings.mysql_user,
        "database_password": settings.mysql_password,
        "database_dbname": settings.mysql_database,
    }
    return _made(settings, tables, fields | more)


def for_mariadb(settings: Settings, tables: list[str], *, name: str = "", **more: object) -> DebeziumConnectorConfig:
    """A connector for *tables* (database.table) of the stand's MariaDB; topics <name>.<database>.<table>."""
    known = name or f"{settings.mysql_database}-mariadb"
    return for_mysql(settings, tables, name=known, **({"database": "mariadb"} | more))


MAKERS: dict[DatabaseName, Callable[..., DebeziumConnectorConfig]] = {
    "postgres": for_postgres,
    "mysql": for_mysql,
    "mariadb": for_mariadb,
}


def database_of(stored: Mapping[str, str]) -> DatabaseName:
    """Which database a configuration that Connect holds is for; ServiceError when it is none of the stand's."""
    for database, connector in CLASSES.items():
        if stored["connector.class"] == connector:
            return database
    raise ServiceError(
        f"connector {stored['name']} is a {stored['connector.class']}, none of {', '.join(CLASSES)}: "
        "ask Connect about it, invoke connectors.status"
    )


def rebuild(settings: Settings, stored: Mapping[str, str]) -> DebeziumConnectorConfig:
    """The connector that a configuration which Connect holds, with its name, describes: its tables and all its names.

    Settings that say how it reads, as snapshot.mode, are the defaults. ServiceError when it is no database's of the
    stand.
    """
    fields = {
        "topic_prefix": stored["topic.prefix"],
        "database_dbname": stored.get("database.dbname") or stored.get("database.include.list", ""),
        "slot_name": stored.get("slot.name", ""),
        "publication_name": stored.get("publication.name", ""),
        "signal_table": stored.get("signal.data.collection", ""),
        "format": "avro" if _asks_a_registry(stored) else "json",
    }
    tables = [table.strip() for table in stored.get("table.include.list", "").split(",") if table.strip()]
    return MAKERS[database_of(stored)](settings, tables, name=stored["name"], **fields)


def _asks_a_registry(stored: Mapping[str, str]) -> bool:
    """Whether keys or values have a converter, Confluent's or Apicurio's, that leaves subjects in a registry."""
    return any(name.startswith(("key.", "value.")) and name.endswith("registry.url") for name in stored)


def with_local_address(settings: Settings, config: DebeziumConnectorConfig) -> DebeziumConnectorConfig:
    """*config* with the database's address as this program, and not Connect, reaches it."""
    within = settings.within
    if within is settings or config.database_hostname != within.reach(config.database):
        return config
    port = settings.port(config.database)
    return config.model_copy(update={"database_hostname": settings.host, "database_port": port})


def _made(settings: Settings, tables: list[str], fields: dict[str, object]) -> DebeziumConnectorConfig:
    within = settings.within  # as Connect sees them
    database = str(fields["database"])
    common = {
        "topic_prefix": fields["name"],
        "database_hostname": within.reach(database),
        "database_port": within.port(database),
        "table_include_list": ",".join(tables),
        "bootstrap_servers": within.bootstrap_servers,
        "registry_url": within.schema_registry_native_url,
        "confluent": settings.confluent,
    }
    return DebeziumConnectorConfig.model_validate(common | fields)
