"""Checks of a database before a connector to it is registered: what would keep the connector from streaming."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pymysql

from lakestand.errors import ServiceError
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.stand.services.mysql import TITLES

NEEDED_BY_MYSQL = {"log_bin": "1", "binlog_format": "ROW", "binlog_row_image": "FULL"}


def check(config: DebeziumConnectorConfig, *, known: bool) -> None:
    """Raise ServiceError with the first problem of the connector's database.

    Args:
        config: of the connector, with an address that this process reaches.
        known: whether Connect has the connector already, so that it may be what reads the slot.
    """
    problems = (
        _postgres(config, known=known) if config.database == "postgres" else _mysql(config, TITLES[config.database])
    )
    for problem in problems:
        raise ServiceError(f"connector {config.name}: {problem}")


def _postgres(config: DebeziumConnectorConfig, *, known: bool) -> Iterator[str]:
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
        yield from _log(connection, where)
        yield from _slots(connection, where, config.slot, known=known)


def _log(connection: psycopg.Connection, where: str) -> Iterator[str]:
    (level,) = connection.execute("SHOW wal_level").fetchone() or ("",)
    if level != "logical":
        yield (
            f"{where} has wal_level = {level}, change capture needs logical: ALTER SYSTEM SET wal_level = 'logical', "
            "then restart the server (of this stand: invoke down --only postgres, invoke up)"
        )


def _slots(connection: psycopg.Connection, where: str, slot: str, *, known: bool) -> Iterator[str]:
    query = "SELECT slot_name, active_pid FROM pg_replication_slots"
    readers: dict[str, int | None] = dict(connection.execute(query).fetchall())
    if readers.get(slot) and not known:
        yield (
            f"{where}: replication slot {slot} is in use by process {readers[slot]}, so another connector or program "
            "reads it. Give this one another slot_name, or remove the other: invoke connectors.list"
        )
    (most,) = connection.execute("SHOW max_replication_slots").fetchone() or ("0",)
    if slot not in readers and len(readers) >= int(most):
        yield (
            f"{where}: all {most} replication slots are taken ({_first(sorted(readers))}); remove connectors "
            "that are not needed: invoke connectors.delete NAME"
        )


def _first(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


def _mysql(config: DebeziumConnectorConfig, title: str) -> Iterator[str]:
    where = f"{title} {config.database_hostname}:{config.database_port}"
    try:
        connection = pymysql.connect(
            host=config.database_hostname,
            port=config.database_port,
            user=config.database_user,
            password=config.database_password.get_secret_value(),
            connect_timeout=5,
        )
    except pymysql.OperationalError as err:
        yield _refused(where, config, str(err.args[-1]))
        return
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'@@{name}' for name in NEEDED_BY_MYSQL)}")
        variables = dict(zip(NEEDED_BY_MYSQL, map(str, cursor.fetchone() or ()), strict=True))
        yield from (
            f"{where} has {name} = {variables[name]}, change capture needs {needed}: {_remedy(name, needed)}"
            for name, needed in NEEDED_BY_MYSQL.items()
            if variables[name] != needed
        )


def _remedy(name: str, needed: str) -> str:
    return "start it with --log-bin" if name == "log_bin" else f"SET GLOBAL {name} = '{needed}'"


def _refused(where: str, config: DebeziumConnectorConfig, reason: str) -> str:
    setting = f"LAKESTAND_{'POSTGRES' if config.database == 'postgres' else 'MYSQL'}_PASSWORD"
    return (
        f"{where} does not let {config.database_user} in: {reason}. Is {setting} in .env the server's? Does it run? "
        "invoke status"
    )
