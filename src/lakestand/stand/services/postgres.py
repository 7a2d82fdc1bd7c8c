"""PostgreSQL with logical decoding: the first source of changes."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import psycopg

from lakestand import probe
from lakestand.errors import NotReady, Refused, ServiceError, StandError
from lakestand.probe import Probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs, privileges
from lakestand.stand.service import Process, Service


def service(settings: Settings) -> Service:
    """Declare PostgreSQL, on `settings.port("postgres")`, with the database settings.postgres_database."""
    return Service(
        name="postgres",
        title="PostgreSQL",
        ports=(settings.port("postgres"),),
        ready=probe.both(probe.tcp(*settings.address("postgres")), answers_sql(settings)),
        memory_mb=256,
        process=lambda: _process(settings),
        # "Fast" shutdown: SIGTERM would wait for every client to leave.
        stop_signal=signal.SIGINT,
    )


def answers_sql(settings: Settings, database: str = "") -> Probe:
    """Return a probe that passes when a SELECT over TCP succeeds with the stand's password."""

    def ask() -> None:
        try:
            with connect(settings, database) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as err:
            raise _reason(err) from err

    return ask


def connect(settings: Settings, database: str = "") -> psycopg.Connection:
    """Return an autocommit connection as the stand's superuser, to its database or to *database*."""
    login = settings.login("postgres")
    return psycopg.connect(
        host=login.host,
        port=login.port,
        user=login.user,
        password=login.password.get_secret_value(),
        dbname=database or login.database,
        connect_timeout=5,
        autocommit=True,
    )


def open_connection(settings: Settings) -> psycopg.Connection:
    """Return a connection as `connect` does; ServiceError, with what helps, when the server does not answer."""
    try:
        return connect(settings)
    except psycopg.OperationalError as err:
        raise unreachable(err) from err


def unreachable(err: psycopg.OperationalError) -> ServiceError:
    """Return the error that explains to a user why PostgreSQL does not answer."""
    return ServiceError(f"PostgreSQL: {' '.join(str(err).split())}; does it run? invoke status")


def _reason(err: psycopg.OperationalError) -> NotReady | Refused:
    text = str(err).strip().splitlines()[-1]
    if "password authentication failed" in text:
        return Refused(
            f"{text}: its data was made with another LAKESTAND_POSTGRES_PASSWORD; put the old one back into "
            ".env, or start with fresh data: invoke reset"
        )
    return NotReady(text)


def _process(settings: Settings) -> Process:
    home = artifacts.path("postgres", settings)
    options = ["-c", f"config_file={configs.path('postgres', 'postgresql.conf')}"]
    address = ["-h", settings.listen, "-p", str(settings.port("postgres"))]

    def argv(folder: Path) -> list[str]:
        data = folder / "data"
        files = ["-c", f"hba_file={data}/pg_hba.conf", "-c", f"ident_file={data}/pg_ident.conf"]
        return [str(home / "bin" / "postgres"), "-D", str(data), *options, *files, *address]

    return Process(
        argv=argv,
        setup=lambda folder: _initdb(settings, home, folder),
        # A killed postmaster that init has not collected yet would count as running.
        stale=("data/postmaster.pid",),
        unprivileged=True,
    )


def _initdb(settings: Settings, home: Path, folder: Path) -> None:
    """Create a new cluster with the stand's database in it."""
    password = folder / "password"
    password.write_text(settings.postgres_password.get_secret_value())
    privileges.change_owner(folder, settings.service_user)
    drop = privileges.command_prefix(settings.service_user)
    initdb = [
        *(str(home / "bin" / "initdb"), "--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"),
        *(f"--username={settings.postgres_user}", f"--pwfile={password}", f"--pgdata={folder}/data"),
    ]
    create = [str(home / "bin" / "postgres"), "--single", "-D", f"{folder}/data", "template1"]
    try:
        subprocess.run([*drop, *initdb], check=True, capture_output=True, text=True)
        name = settings.postgres_database.replace('"', '""')
        sql = f'CREATE DATABASE "{name}"\n'
        if settings.inside:  # initdb lets loopback in; the others come from the containers' network
            with (folder / "data" / "pg_hba.conf").open("a") as file:
                file.write("host all,replication all samenet scram-sha-256\n")
        subprocess.run([*drop, *create], check=True, capture_output=True, text=True, input=sql)
    except subprocess.CalledProcessError as err:
        raise StandError(f"initdb failed in {folder}: {err.stderr.strip()[-400:]}") from err
    finally:
        password.unlink(missing_ok=True)
