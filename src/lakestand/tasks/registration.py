"""Tasks connectors.register and connectors.check: what a connector would find in its database, and its registration."""

from __future__ import annotations

import time

from invoke import Context, Exit

from lakestand import view
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.findings import Finding, errors, warnings
from lakestand.sources.presets import MAKERS
from lakestand.tasks.guard import JSON, task

DEFAULT = ("postgres", "mysql")  # MariaDB is started and registered only when it is named
TABLES = "tables as schema.table (MySQL: database.table), separated by commas; default: all tables"


@task(
    help={
        "source": "postgres, mysql or mariadb; default: postgres and mysql",
        "tables": TABLES,
        "name": "the connector's name; default: DATABASE-postgres, DATABASE-mysql or DATABASE-mariadb",
        "signal-table": "a table for signals, created if missing; connectors.snapshot needs one",
        "avro": "write Avro with the Schema Registry instead of JSON",
        "snapshot-mode": "initial, no_data, when_needed, or another of Debezium's modes",
        "json": JSON,
    }
)
def register(  # noqa: PLR0917  Invoke passes options by name
    _c: Context,
    source: str = "",
    tables: str = "",
    name: str = "",
    signal_table: str = "",
    snapshot_mode: str = "initial",
    avro: bool = False,
    json: bool = False,
) -> None:
    """Register connectors for the running databases and wait until they stream; doing it again changes nothing."""
    from lakestand.sources.registration import register as register_connector

    settings, rows = Settings.load(), []
    found: list[Finding] = []
    form = {"format": "avro" if avro else "json"}
    for preset in _configs(settings, source, tables, name):
        config = preset.model_copy(update={"signal_table": signal_table, "snapshot_mode": snapshot_mode} | form)
        began = time.monotonic()
        changed = register_connector(settings, config, on_progress=view.note, on_finding=found.append)
        rows.append((config.name, config.database, config.tables, changed, round(time.monotonic() - began, 2)))
    for finding in warnings(found):
        view.note(f"warning: {finding}")
    keys = ("connector", "database", "tables", "changed", "seconds")
    if json:
        view.print_json([dict(zip(keys, row, strict=True)) for row in rows])
    else:
        cells = [(n, d, ", ".join(t), "registered" if c else "was there", s) for n, d, t, c, s in rows]
        view.show("connectors, streaming", ("connector", "database", "tables", "", "seconds"), cells)


@task(
    help={
        "source": "postgres, mysql or mariadb; default: postgres and mysql",
        "tables": TABLES,
        "name": "the connector's name, which its slot has too",
        "json": JSON,
    }
)
def check(_c: Context, source: str = "", tables: str = "", name: str = "", json: bool = False) -> None:
    """Examine databases as a connector would find them: what will not arrive, and why; registers nothing."""
    from lakestand.clients.kafka import topic_names
    from lakestand.sources import preflight
    from lakestand.sources.presets import with_local_address

    settings = Settings.load()
    connectors, topics = DebeziumClient(settings.connect_url).list_connectors(), topic_names(settings)
    found = [
        (config.name, finding)
        for config in _configs(settings, source, tables, name)
        for finding in preflight.examine(
            with_local_address(settings, config), known=config.name in connectors, topics=topics
        )
    ]
    if json:
        view.print_json([{"connector": connector} | finding.as_dict() for connector, finding in found])
    else:
        for connector, finding in found:
            view.console.print(f"{connector}: {finding.severity}: {finding}")
    if errors([finding for _, finding in found]):
        raise Exit(code=1)


def _configs(settings: Settings, source: str, tables: str, name: str) -> list[DebeziumConnectorConfig]:
    from lakestand.lake.names import split
    from lakestand.sources.databases import open_database

    if source and source not in MAKERS:
        raise BadArgument(f"no source {source}; there are: {', '.join(MAKERS)}")
    if (tables or name) and not source:
        raise BadArgument("--tables and --name need --source")
    configs = []
    for database, make in MAKERS.items():
        if database == source or (not source and database in DEFAULT):
            names = split(tables) or open_database(settings, database).tables()
            configs.append(make(settings, names, name=name))
    return configs
