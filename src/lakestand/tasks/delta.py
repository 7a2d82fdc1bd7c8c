"""Tasks delta.*: which tables there are, their history, and maintenance."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from invoke import Context, task

from lakestand import view
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, guarded

TABLE = "namespace/table"


@task(name="tables", help={"json": JSON})
@guarded
def tables_(_c: Context, json: bool = False) -> None:
    """List the Delta tables of the object store: version, files and rows of each."""
    from lakestand.lake.delta import catalog

    config = Settings.load()
    rows = [
        {"table": name, "version": table.version(), "files": len(table.file_uris()), "rows": table.count()}
        for name in catalog.names(config)
        for table in [catalog.load(config, name)]
    ]
    _print("tables", ("table", "version", "files", "rows"), rows, json=json)


@task(positional=["table"], help={"table": TABLE, "json": JSON})
@guarded
def history(_c: Context, table: str, json: bool = False) -> None:
    """List a table's versions: when, which operation, by which engine."""
    from lakestand.lake.delta import catalog

    found = [asdict(v) for v in catalog.history(catalog.load(Settings.load(), table))]
    _print(table, ("version", "at (UTC)", "operation", "engine"), found, json=json)


@task(
    help={
        "table": f"{TABLE}; all tables without it",
        "target-mb": "size of a compacted file; 0 compacts nothing",
        "keep-hours": "age of the versions that must stay readable",
        "json": JSON,
    },
)
@guarded
def maintain(_c: Context, table: str = "", target_mb: int = 128, keep_hours: int = 168, json: bool = False) -> None:
    """OPTIMIZE and VACUUM: small files together, files of old versions away; no row changes."""
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


@task(positional=["table", "version"], help={"table": TABLE, "version": "the version whose rows come back"})
@guarded
def restore(_c: Context, table: str, version: int) -> None:
    """RESTORE: an old version's rows again, in a new version; refused for tables that a pipeline writes."""
    from lakestand.lake.delta import maintenance

    now = maintenance.restore(Settings.load(), table, int(version))
    view.console.print(f"{table} stands at version {now}, with the rows of version {version}")


def _print(title: str, columns: tuple[str, ...], rows: list[dict[str, object]], *, json: bool) -> None:
    if json:
        view.as_json(rows)
    else:
        view.show(title, columns, [list(row.values()) for row in rows])
