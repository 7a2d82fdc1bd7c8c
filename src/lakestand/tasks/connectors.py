"""Tasks connectors.*: look at Debezium's connectors, restart and delete them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict

from invoke import Context, Exit

from lakestand import view
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient, root_cause
from lakestand.sources.presets import rebuild
from lakestand.tasks.guard import JSON, task


@task(name="list", help={"json": JSON})
def list_(_c: Context, json: bool = False) -> None:
    """List the connectors."""
    names = _client().list_connectors()
    if json:
        view.print_json(names)
    else:
        view.show("connectors", ("connector",), [(n,) for n in names])


@task(help={"name": "a connector; default: all", "json": JSON})
def status(_c: Context, name: str = "", json: bool = False) -> None:
    """Show the state of connectors, their tasks and dead letters; exit code 1 if one is not RUNNING."""
    from lakestand.sources.feeders import put_aside

    client = _client()
    read = client.get_connector_status
    statuses = [read(name)] if name else list(client.read_all(read).values())
    letters = put_aside(Settings.load(), [s["name"] for s in statuses])
    if json:
        view.print_json([s | {"dead_letters": letters[s["name"]]} for s in statuses])
    else:
        rows = [
            (
                s["name"],
                s["connector"]["state"],
                ", ".join(t["state"] for t in s["tasks"]),
                _trace(s),
                "; ".join(f"{count:,} in {topic}" for topic, count in letters[s["name"]].items()),
            )
            for s in statuses
        ]
        view.show("connectors", ("connector", "state", "tasks", "cause", "dead letters"), rows)
    if any(p["state"] != "RUNNING" for s in statuses for p in [s["connector"], *s["tasks"]]):
        raise Exit(code=1)


@task(help={"name": "a connector", "only_failed": "restart only what is FAILED"}, positional=["name"])
def restart(_c: Context, name: str, only_failed: bool = False) -> None:
    """Restart a connector and its tasks, and wait until they run."""
    client = _client()
    client.restart_connector(name, only_failed=only_failed)
    client.wait_until_running(name)
    view.console.print(f"{name} RUNNING")


@task(help={"name": "a connector"}, positional=["name"])
def delete(_c: Context, name: str) -> None:
    """Delete a connector and its offsets, slot, publication, topics and subjects; the tables stay."""
    from lakestand.sources.registration import remove

    settings = Settings.load()
    remove(settings, rebuild(settings, _client().get_connector(name)["config"]))
    view.console.print(f"{name} deleted")


@task(help={"name": "a connector; default: all", "json": JSON})
def lag(_c: Context, name: str = "", json: bool = False) -> None:
    """Show how far connectors are behind their databases, in bytes of log and in seconds."""
    from lakestand.sources.lag import read_lag

    settings = Settings.load()
    read = functools.partial(read_lag, settings)
    lags = [read(name)] if name else list(_client().read_all(read).values())
    if json:
        view.print_json([asdict(lag) for lag in lags])
    else:
        columns = ("connector", "confirmed", "behind, bytes", "behind, s")
        view.show("connectors' lag", columns, [tuple(asdict(lag).values()) for lag in lags])


@task(help={"name": "a connector; default: all", "json": JSON})
def offsets(_c: Context, name: str = "", json: bool = False) -> None:
    """Show how far connectors have read: the offsets that Kafka Connect stores, from which they go on."""
    client = _client()
    offsets_by_name = {name: client.get_offsets(name)} if name else client.read_all(client.get_offsets)
    if json:
        view.print_json(offsets_by_name)
    else:
        rows = [
            (n, _words(o["partition"]), _words(o["offset"] or {})) for n, all_ in offsets_by_name.items() for o in all_
        ]
        view.show("connectors' offsets", ("connector", "partition", "offset"), rows)


@task(
    help={"name": "a connector with a signal table", "tables": "separated by commas; default: all of the connector's"},
    positional=["name"],
)
def snapshot(_c: Context, name: str, tables: str = "") -> None:
    """Start an incremental snapshot, which reads all rows of tables again while changes stream on."""
    from lakestand.lake.names import split
    from lakestand.sources import signals
    from lakestand.sources.databases import open_database

    settings = Settings.load()
    config = rebuild(settings, _client().get_connector(name)["config"])
    wanted = split(tables) or config.tables
    signals.snapshot(open_database(settings, config.database), config, wanted)
    look = view.spell("invoke topics.list")
    view.console.print(f"{name}: incremental snapshot of {', '.join(wanted)} asked for; {look}")


def _words(fields: Mapping[str, object]) -> str:
    return ", ".join(f"{k} {v}" for k, v in fields.items())


def _client() -> DebeziumClient:
    return DebeziumClient(Settings.load().connect_url)


def _trace(status: dict[str, object]) -> str:
    parts = [status["connector"], *status["tasks"]]  # type: ignore[misc]
    return "; ".join(root_cause(p["trace"]) for p in parts if "trace" in p)
