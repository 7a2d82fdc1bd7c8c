"""Tasks delta.*: list the object store's Delta tables and their versions, maintain and restore them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from invoke import Context

from lakestand import view
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task

TABLE = "namespace/table"


@task(extra="delta", name="tables", help={"json": JSON})
def tables_(_c: Context, json: bool = False) -> None:
    """List the Delta tables of the object store with their version, files and rows."""
    from lakestand.lake.delta import catalog

    config = Settings.load()
    rows = [
        {"table": name, "version": table.version(), "files": len(table.file_uris()), "rows": table.count()}
        for name in catalog.names(config)
        for table in [catalog.load(config, name)]
    ]
    _print("tables", ("table", "version", "files", "rows"), rows, json=json)


@task(extra="delta", positional=["table"], help={"table": TABLE, "json": JSON})
def history(_c: Context, table: str, json: bool = False) -> None:
    """List a table's versions: time, operation and engine."""
    from lakestand.lake.delta import catalog

    versions = [asdict(v) for v in catalog.history(catalog.load(Settings.load(), table))]
    _print(table, ("version", "at (UTC)", "operation", "engine"), versions, json=json)


@task(
    extra="delta",
    help={
        "table": f"{TABLE}; default: all tables",
        "target-mb": "size of a compacted file in MB; 0 compacts nothing",
        "keep-hours": "age in hours up to which versions stay readable",
        "json": JSON,
    },
)
def maintain(_c: Context, table: str = "", target_mb: int = 128, keep_hours: int = 168, json: bool = False) -> None:
    """Compact small files (OPTIMIZE) and delete files of old versions (VACUUM); no row changes."""
    from lakestand.lake.delta import catalog, maintenance

    if keep_hours < 0 or target_mb < 0:
        raise BadArgument("hours and sizes cannot be negative; nothing was done")
    config, keep = Settings.load(), timedelta(hours=keep_hours)
    names = [table] if table else catalog.names(config)
    with view.Bar("maintaining", quiet=json) as bar:
        results = [
            asdict(maintenance.maintain(config, name, keep=keep, target_bytes=target_mb << 20))
            for name in bar.track(names)
        ]
    _print("maintained", ("table", "files", "now", "deleted", "version"), results, json=json)


@task(
    extra="delta",
    positional=["table", "version"],
    help={"table": TABLE, "version": "the version whose rows the table gets"},
)
def restore(_c: Context, table: str, version: int) -> None:
    """Give a table the rows of an old version, as a new version (RESTORE); refused if a pipeline writes the table."""
    from lakestand.lake.delta import maintenance

    now = maintenance.restore(Settings.load(), table, int(version))
    view.console.print(f"{table} stands at version {now}, with the rows of version {version}")


def _print(title: str, columns: tuple[str, ...], rows: list[dict[str, object]], *, json: bool) -> None:
    if json:
        view.print_json(rows)
    else:
        view.show(title, columns, [list(row.values()) for row in rows])
