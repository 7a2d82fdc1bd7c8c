"""MariaDB with a row-based binary log: a source of changes with MySQL's protocol; started by name only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from lakestand import probe
from lakestand.errors import StandError
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs, privileges, seeds
from lakestand.stand.service import Process, Service
from lakestand.stand.services import mysql

# What mariadb-install-db would run; it needs a package more.
TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
BEGIN = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"


def service(settings: Settings) -> Service:
    """Declare MariaDB, on `settings.port("mariadb")`."""
    return Service(
        name="mariadb",
        title="MariaDB",
        ports=(settings.port("mariadb"),),
        ready=probe.both(probe.tcp(*settings.address("mariadb")), mysql.answers_sql(settings, "mariadb")),
        memory_mb=256,
        process=lambda: _process(settings),
        stop_signal=signal.SIGKILL,  # as MySQL
        optional=True,
    )


def _process(settings: Settings) -> Process:
    home, libraries = artifacts.mariadb(settings)
    environ = _library_path(libraries, settings)

    def argv(folder: Path) -> list[str]:
        return [
            *_server(home, folder),
            *(
                f"--init-file={folder}/init.sql",
                f"--bind-address={settings.listen}",
                f"--port={settings.port('mariadb')}",
            ),
            *("--socket=mariadb.sock", f"--pid-file={folder}/mariadbd.pid"),
        ]

    return Process(
        argv=argv,
        setup=lambda folder: _copy_seed(settings, home, folder, environ),
        files={"init.sql": mysql.init_sql(settings)},
        stale=("data/mariadb.sock",),
        env=environ,
        unprivileged=True,
    )


def _server(home: Path, folder: Path) -> list[str]:
    return [
        *(str(home / "sbin" / "mariadbd"), f"--defaults-file={configs.path('mariadb', 'my.cnf')}"),
        *(f"--basedir={home}", f"--lc-messages-dir={home}/share/mysql", f"--datadir={folder}/data"),
    ]


def _copy_seed(settings: Settings, home: Path, folder: Path, environ: dict[str, str]) -> None:
    seed = seeds.ensure(settings, "mariadb", lambda new: _initialize(settings, home, new, environ))
    shutil.copytree(seed / "data", folder / "data")


def _initialize(settings: Settings, home: Path, folder: Path, environ: dict[str, str]) -> None:
    """Create the system's tables; the server never listens like this."""
    (folder / "data").mkdir()
    privileges.change_owner(folder, settings.service_user)
    drop = privileges.command_prefix(settings.service_user)
    tables = BEGIN + "".join((home / "share" / "mysql" / name).read_text() for name in TABLES)
    argv = [*drop, *_server(home, folder), "--bootstrap", "--skip-log-bin"]
    completed = subprocess.run(
        argv, check=False, capture_output=True, text=True, env=os.environ | environ, input=tables
    )
    if completed.returncode:
        raise StandError(f"mariadbd --bootstrap failed in {folder}: {completed.stderr.strip()[-400:]}")


def _library_path(libraries: Path, settings: Settings) -> dict[str, str]:
    folders = [libraries, *artifacts.libraries(settings)]
    return {"LD_LIBRARY_PATH": ":".join(map(str, folders))}
