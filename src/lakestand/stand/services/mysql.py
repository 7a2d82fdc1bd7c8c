"""MySQL with a row-based binary log and global transaction ids: the second source of changes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Literal

import pymysql
from pymysql.converters import escape_string

from lakestand import probe
from lakestand.errors import NotReady, Refused, StandError
from lakestand.probe import Probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs, privileges, seeds
from lakestand.stand.service import Process, Service

ACCESS_DENIED = 1045
# Two servers that speak one protocol: names of their services, and titles.
Server = Literal["mysql", "mariadb"]
TITLES: dict[Server, str] = {"mysql": "MySQL", "mariadb": "MariaDB"}


def service(settings: Settings) -> Service:
    """Declare MySQL, on `settings.port("mysql")`, with the database settings.mysql_database."""
    return Service(
        name="mysql",
        title="MySQL",
        ports=(settings.port("mysql"),),
        ready=probe.both(probe.tcp(*settings.address("mysql")), answers_sql(settings)),
        memory_mb=448,
        process=lambda: _process(settings),
        # Its own shutdown takes 10 s after much work. Its logs make it whole at the next start: a test kills it.
        stop_signal=signal.SIGKILL,
    )


def answers_sql(settings: Settings, server: Server = "mysql") -> Probe:
    """Return a probe that passes when a SELECT over TCP succeeds with the stand's password."""

    def ask() -> None:
        try:
            with connect(settings, server=server) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except pymysql.err.OperationalError as err:
            if err.args[0] == ACCESS_DENIED:
                text = f"{err.args[1]}: .env has changed since {TITLES[server]} started; invoke restart {server}"
                raise Refused(text) from err
            raise NotReady(str(err.args[-1])) from err

    return ask


def connect(
    settings: Settings, database: str | None = None, *, server: Server = "mysql"
) -> pymysql.Connection[pymysql.cursors.Cursor]:
    """Return an autocommit connection to *server* as the stand's administrator, in its database or in *database*."""
    login = settings.login(server)
    return pymysql.connect(
        host=login.host,
        port=login.port,
        user=login.user,
        password=login.password.get_secret_value(),
        database=login.database if database is None else database,
        connect_timeout=5,
        autocommit=True,
        # On loopback: TLS takes PyMySQL 20 ms a connection, for reading all certificates of the system. The password is
        # sent scrambled, or encrypted by the server's RSA key, without it too.
        ssl_disabled=True,
    )


def _process(settings: Settings) -> Process:
    home = artifacts.path("mysql", settings)

    def argv(folder: Path) -> list[str]:
        return [
            *(str(home / "bin" / "mysqld"), f"--defaults-file={configs.path('mysql', 'my.cnf')}"),
            *(f"--basedir={home}", f"--datadir={folder}/data", f"--init-file={folder}/init.sql"),
            *(f"--bind-address={settings.listen}", f"--port={settings.port('mysql')}", "--mysqlx=OFF"),
            # Relative: a socket's path may have 107 letters at most, a checkout's may be longer.
            *("--socket=mysql.sock", f"--pid-file={folder}/mysqld.pid"),
        ]

    return Process(
        argv=argv,
        setup=lambda folder: _copy_seed(settings, home, folder),
        files={"init.sql": init_sql(settings)},
        # A killed server that init has not collected yet would count as running.
        stale=("data/mysql.sock", "data/mysql.sock.lock"),
        env=_library_path(settings),
        unprivileged=True,
    )


def init_sql(settings: Settings) -> str:
    """Return what the server runs at every start, so that a changed password in .env becomes the server's."""
    user = f"'{escape_string(settings.mysql_user)}'@'%'"
    password, database = escape_string(settings.mysql_password.get_secret_value()), settings.mysql_database
    return (
        f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{password}';\n"
        f"ALTER USER {user} IDENTIFIED BY '{password}';\n"
        f"GRANT ALL ON *.* TO {user} WITH GRANT OPTION;\n"
        f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
        f"CREATE DATABASE IF NOT EXISTS `{database.replace('`', '``')}`;\n"
    )


def _copy_seed(settings: Settings, home: Path, folder: Path) -> None:
    seed = seeds.ensure(settings, f"mysql-{home.name}", lambda new: _initialize(settings, home, new))
    shutil.copytree(seed / "data", folder / "data")
    (folder / "data" / "auto.cnf").unlink(missing_ok=True)  # each server its own uuid


def _initialize(settings: Settings, home: Path, folder: Path) -> None:
    """Create an empty server without a password; it never listens like this."""
    privileges.change_owner(folder, settings.service_user)
    argv = [
        *(str(home / "bin" / "mysqld"), f"--defaults-file={configs.path('mysql', 'my.cnf')}"),
        *("--initialize-insecure", "--skip-log-bin", f"--basedir={home}", f"--datadir={folder}/data"),
    ]
    environ = os.environ | _library_path(settings)
    drop = privileges.command_prefix(settings.service_user)
    completed = subprocess.run([*drop, *argv], check=False, capture_output=True, text=True, env=environ)
    if completed.returncode:
        raise StandError(f"mysqld --initialize failed in {folder}: {completed.stderr.strip()[-400:]}")


def _library_path(settings: Settings) -> dict[str, str]:
    folders = artifacts.libraries(settings)
    return {"LD_LIBRARY_PATH": ":".join(map(str, folders))} if folders else {}
