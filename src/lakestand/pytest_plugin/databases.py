"""Databases of a test's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias
from urllib.parse import quote

import psycopg
import pymysql
from psycopg import sql

from lakestand.pytest_plugin.names import unique
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName
from lakestand.stand.services import mysql as mysql_service
from lakestand.stand.services import postgres as postgres_service

Rows = list[tuple[Any, ...]]
MySQLConnection: TypeAlias = "pymysql.Connection[pymysql.cursors.Cursor]"
FREE_SLOTS = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = %s AND NOT active"


@dataclass(frozen=True)
class PostgresDatabase:
    """A PostgreSQL database. *settings* are the stand's, with this database in the place of its own."""

    settings: Settings
    kind: ClassVar[DatabaseName] = "postgres"
    schema: ClassVar[str] = "public"

    @property
    def name(self) -> str:
        """The database's name."""
        return self.settings.postgres_database

    @property
    def url(self) -> str:
        """What SQLAlchemy, psycopg and libpq connect to, with user and password."""
        return _url("postgresql", self.settings, "postgres")

    def connect(self) -> psycopg.Connection:
        """Return a new connection, on which each statement commits itself."""
        return postgres_service.connect(self.settings)

    def execute(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> Rows:
        """Run one statement in a transaction of its own, and return its rows, if it has any."""
        with self.connect() as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True)
class MySQLDatabase:
    """A MySQL database. *settings* are the stand's, with this database in the place of its own."""

    settings: Settings
    kind: ClassVar[DatabaseName] = "mysql"

    @property
    def name(self) -> str:
        """The database's name."""
        return self.settings.mysql_database

    @property
    def schema(self) -> str:
        """What stands before the dot in a table's name: MySQL's schemas are its databases."""
        return self.name

    @property
    def url(self) -> str:
        """What SQLAlchemy connects to, with user and password."""
        return _url("mysql+pymysql", self.settings, "mysql")

    def connect(self) -> MySQLConnection:
        """Return a new connection, on which each statement commits itself."""
        return mysql_service.connect(self.settings, database=self.name)

    def execute(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> Rows:
        """Run one statement in a transaction of its own, and return its rows, if it has any."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return list(cursor.fetchall())


@contextmanager
def postgres(settings: Settings) -> Iterator[PostgresDatabase]:
    """Create a database for the length of a block; it is dropped, with who is connected, and with its idle slots."""
    name = unique("test")
    identifier = sql.Identifier(name)
    with postgres_service.open_connection(settings) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    try:
        yield PostgresDatabase(settings.model_copy(update={"postgres_database": name}))
    finally:
        with postgres_service.open_connection(settings) as connection:
            connection.execute(FREE_SLOTS, [name])
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@contextmanager
def mysql(settings: Settings) -> Iterator[MySQLDatabase]:
    """Create a database for the length of a block, and drop it."""
    name = unique("test")
    stand = MySQLDatabase(settings)
    stand.execute(f"CREATE DATABASE {name}")
    try:
        yield MySQLDatabase(settings.model_copy(update={"mysql_database": name}))
    finally:
        stand.execute(f"DROP DATABASE {name}")


def _url(scheme: str, settings: Settings, database: DatabaseName) -> str:
    login = settings.login(database)
    password = quote(login.password.get_secret_value(), safe="")
    return f"{scheme}://{quote(login.user, safe='')}:{password}@{login.host}:{login.port}/{login.database}"
