"""The examination of a database before a connector to it is registered: what would not arrive, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import psycopg
import pymysql

from lakestand.errors import ServiceError
from lakestand.sources import findings, mysql_facts, postgres_facts
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.findings import Finding
from lakestand.sources.preflight import (
    mysql_privileges,
    mysql_server,
    postgres_privileges,
    postgres_server,
    table_checks,
    table_kinds,
    topic_names,
    value_checks,
)
from lakestand.stand.services.mysql import TITLES


def check(config: DebeziumConnectorConfig, *, known: bool, topics: Collection[str] = ()) -> list[Finding]:
    """Return what `examine` finds; ServiceError with every error, when there is one."""
    found = examine(config, known=known, topics=topics)
    if errors := findings.errors(found):
        raise ServiceError("\n".join(f"connector {config.name}: {error}" for error in errors))
    return found


def examine(config: DebeziumConnectorConfig, *, known: bool, topics: Collection[str] = ()) -> list[Finding]:
    """Return everything that is worth knowing about a connector's database, logged in as the connector does.

    Args:
        config: of the connector, with an address that this process reaches.
        known: whether Connect has the connector already, so that it may be what reads the slot.
        topics: that exist in Kafka.
    """
    found = list(topic_names.examine(config, topics))
    if config.database == "postgres":
        return [*_postgres(config, known=known), *found]
    return [*_mysql(config, TITLES[config.database]), *found]


def _postgres(config: DebeziumConnectorConfig, *, known: bool) -> Iterator[Finding]:
    where = f"PostgreSQL {config.database_hostname}:{config.database_port}"
    try:
        connection = psycopg.connect(
            host=config.database_hostname,
            port=config.database_port,
            user=config.database_user,
            password=config.database_password.get_secret_value(),
            dbname=config.database_dbname,
            connect_timeout=5,
        )
    except psycopg.OperationalError as err:
        yield _refused(where, config, str(err).strip().splitlines()[-1])
        return
    with connection:
        yield from postgres_server.examine(connection, where, config.slot, known=known)
        yield from postgres_privileges.examine(connection, config)
        yield from table_checks.run(
            connection.cursor(), (*table_checks.POSTGRES, *value_checks.POSTGRES), config.tables
        )
        facts = postgres_facts.read(config.tables, lambda query, values: connection.execute(query, values).fetchall())
        yield from table_kinds.examine(facts)


def _mysql(config: DebeziumConnectorConfig, title: str) -> Iterator[Finding]:
    where = f"{title} {config.database_hostname}:{config.database_port}"
    try:
        connection = pymysql.connect(
            host=config.database_hostname,
            port=config.database_port,
            user=config.database_user,
            password=config.database_password.get_secret_value(),
            connect_timeout=5,
            ssl_disabled=True,
        )
    except pymysql.OperationalError as err:
        yield _refused(where, config, str(err.args[-1]))
        return
    with connection, connection.cursor() as cursor:
        yield from mysql_server.examine(cursor, where)
        yield from mysql_privileges.examine(cursor, config)
        yield from table_checks.run(cursor, (*table_checks.MYSQL, *value_checks.MYSQL), config.tables)

        def ask(query: str, values: Sequence[object]) -> list[tuple[object, ...]]:
            cursor.execute(query, values)
            return list(cursor.fetchall())

        yield from table_kinds.examine(mysql_facts.read(config.tables, ask))


def _refused(where: str, config: DebeziumConnectorConfig, reason: str) -> Finding:
    setting = f"LAKESTAND_{'POSTGRES' if config.database == 'postgres' else 'MYSQL'}_PASSWORD"
    return Finding(
        severity="error",
        text=f"{where} does not let {config.database_user} in: {reason}",
        help=f"Is {setting} in .env the server's (LAKESTAND_CONNECTOR_PASSWORD, of a user of the connector's own)? "
        "Does it run? invoke status",
    )
