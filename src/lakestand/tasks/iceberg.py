"""Tasks iceberg.*: list the catalogue's tables and their snapshots, and maintain them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from invoke import Context

from lakestand import view
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task


@task(name="tables", help={"json": JSON})
def tables_(_c: Context, json: bool = False) -> None:
    """List the tables of the catalogue with their rows, files, bytes and snapshots."""
    from lakestand.lake import store
    from lakestand.lake.iceberg import summary

    summaries = list(summary.summarize_all(store.iceberg(Settings.load())))
    _print("tables", ("table", "format", "rows", "files", "bytes", "snapshots", "partitions"), summaries, json=json)


@task(positional=["table"], help={"table": "namespace.table", "json": JSON})
def snapshots(_c: Context, table: str, json: bool = False) -> None:
    """List a table's snapshots: time, operation, rows added and deleted, and the refs that name them."""
    from lakestand.lake import store
    from lakestand.lake.iceberg import summary, tables

    history = summary.history(tables.load(store.iceberg(Settings.load()), table))
    _print(table, ("at (UTC)", "snapshot", "operation", "rows +", "rows -", "refs"), history, json=json)


@task(
    positional=["table"],
    help={
        "table": "namespace.table; default: all tables of the catalogue",
        "target-mb": "size of a compacted data file in MB; 0 compacts nothing",
        "keep-days": "age in days at which a snapshot expires",
        "keep-last": "how many snapshots of each branch stay however old they are",
        "orphan-days": "age in days at which a file without a table is deleted; a younger one may belong to a commit",
        "json": JSON,
    },
)
def maintain(  # noqa: PLR0917  Invoke passes options by name
    _c: Context,
    table: str = "",
    target_mb: int = 128,
    keep_days: float = 5.0,
    keep_last: int = 1,
    orphan_days: float = 3.0,
    json: bool = False,
) -> None:
    """Compact small files, expire old snapshots and delete orphan files; no row changes."""
    from lakestand.lake import store
    from lakestand.lake.iceberg import maintenance, summary

    if keep_days < 0 or orphan_days < 0 or target_mb < 0:
        raise BadArgument("days and sizes cannot be negative; nothing was done")
    plan = maintenance.Plan(
        target_bytes=target_mb << 20,
        keep=timedelta(days=keep_days),
        keep_last=keep_last,
        orphan_age=timedelta(days=orphan_days),
    )
    catalog = store.iceberg(Settings.load())
    names = [table] if table else [t.table for t in summary.summarize_all(catalog)]
    with view.Bar("maintaining", quiet=json) as bar:
        results = [maintenance.maintain(catalog, name, plan) for name in bar.track(names)]
    _print("maintained", ("table", "files", "now", "expired", "deleted", "orphans", "bytes freed"), results, json=json)


def _print(title: str, columns: Sequence[str], records: Sequence[Any], *, json: bool) -> None:
    rows = [asdict(record) for record in records]
    if json:
        view.print_json(rows)
    else:
        view.show(title, columns, [list(row.values()) for row in rows])
