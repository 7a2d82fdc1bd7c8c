"""Tasks over the whole stand: up, down, restart, status, logs, reset, fetch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from invoke import Context, Exit

from lakestand import view
from lakestand.settings import Settings
from lakestand.stand import artifacts, checkout
from lakestand.stand.leases import Leases
from lakestand.stand.service import Service
from lakestand.stand.stack import Stack
from lakestand.stand.timing import Timing, critical_chain
from lakestand.tasks.guard import JSON, task


@task(
    iterable=["only"],
    help={
        "only": "start this service and what it needs; may be repeated",
        "lease": "remember under this name what is started now, for `down --lease`",
        "json": JSON,
    },
)
def up(_c: Context, only: Sequence[str], lease: str = "", json: bool = False) -> None:
    """Start services and wait until they do their job; services that run already are left alone."""
    from lakestand.lake import bootstrap

    stack = checkout.prepare(only, (lambda _text: None) if json else view.say)
    began = time.monotonic()
    with view.board("starting", quiet=json) as board:
        started = Leases(Settings.load(), stack).acquire(lease, only, watch=board.set)
    changes = [c for c in bootstrap.prepare_services(Settings.load(), [t.name for t in started]) if c.made]
    if json:
        view.print_json(timing_rows(started))
    else:
        show_timings(started, time.monotonic() - began)
        for change in changes:
            view.console.print(f"made: {change.kind} {change.name}")


@task(
    help={
        "volumes": "also delete all data, logs and folders",
        "lease": "stop only services that `up --lease` of this name started and no other lease uses",
    }
)
def down(_c: Context, volumes: bool = False, lease: str = "") -> None:
    """Stop all services; their data stays unless --volumes is given."""
    config = Settings.load()
    stack = checkout.stack(config)
    began = time.monotonic()
    if lease:
        view.console.print(f"stopped: {', '.join(Leases(config, stack).release(lease)) or 'nothing'}")
        return
    with checkout.lock(config), view.board("stopping", quiet=False) as board:
        stack.down(watch=board.set)
        stack.runtime.clear(volumes=volumes)
        checkout.forget(config, volumes=volumes)
    view.console.print(f"stopped in {time.monotonic() - began:.1f} s" + (", data deleted" if volumes else ""))


@task(help={"name": "a service", "kill": "kill it (SIGKILL) instead of stopping it cleanly"}, positional=["name"])
def restart(_c: Context, name: str, kill: bool = False) -> None:
    """Stop one service and start it again; its data stays."""
    config = Settings.load()
    stack = checkout.stack(config)
    with checkout.lock(config), stack.stopped(name, kill=kill):
        view.console.print(f"{name} stopped")
    view.console.print(f"{name} ready")


@task(help={"json": JSON})
def status(_c: Context, json: bool = False) -> None:
    """Show which services run, on which ports, and their memory; exit code 1 if one that runs does not answer."""
    stack = checkout.stack(Settings.load())
    rows = [_row(stack, s) for s in stack.services.values()]
    if json:
        view.print_json(rows)
    else:
        cells = [(r["service"], r["state"], ", ".join(map(str, r["ports"])), r["memory_mb"]) for r in rows]
        view.show("services", ("service", "state", "ports", f"memory MB ({stack.runtime.memory_is})"), cells)
        view.console.print(f"total {sum(r['memory_mb'] for r in rows):,.0f} MB")
    if any(r["state"] not in {"ready", "stopped"} for r in rows):
        raise Exit(code=1)


@task(
    help={"name": "a service", "lines": "how many lines", "follow": "go on with new lines until Ctrl-C"},
    positional=["name"],
)
def logs(_c: Context, name: str, lines: int = 50, follow: bool = False) -> None:
    """Print the last lines of a service's log."""
    stack = checkout.stack(Settings.load())
    service = stack.closure([name])[-1]
    log = stack.runtime.log(service)
    print(log.tail(lines))
    for text in log.follow() if follow else ():
        print(text, end="", flush=True)


@task()
def reset(c: Context) -> None:
    """Delete all data of the stand and start it again."""
    down(c, volumes=True)
    up(c, only=[])


@task(help={"spark": "also the packages that Spark needs for Delta, Iceberg and Kafka"})
def fetch(_c: Context, spark: bool = False) -> None:
    """Download everything that the stand needs; afterwards it works without a network."""
    summary = artifacts.fetch((*artifacts.DEFAULT, *(artifacts.SPARK if spark else ())), Settings.load())
    view.console.print(str(summary))


def timing_rows(timings: Sequence[Timing]) -> list[Mapping[str, Any]]:
    """Return the rows of `up --json`: times in seconds, in the order in which the services were ready."""
    chain = {t.name for t in critical_chain(timings)}
    return [
        {
            "service": t.name,
            "offset_s": round(t.began, 2),
            "duration_s": round(t.seconds, 2),
            "ready_s": round(t.ready, 2),
            "started": t.fresh,
            "critical": t.name in chain,
        }
        for t in sorted(timings, key=lambda t: t.ready)
    ]


def show_timings(timings: Sequence[Timing], total: float) -> None:
    """Print when each service was ready, and the chain of services that decided how long it took, *total* seconds."""
    view.show(
        f"ready in {total:.1f} s",
        ("service", "offset s", "duration s", "ready s", ""),
        [
            (
                t["service"],
                t["offset_s"],
                t["duration_s"],
                t["ready_s"],
                "" if t["started"] else "was running",
            )
            for t in timing_rows(timings)
        ],
    )
    chain = " → ".join(f"{t.name} {t.seconds:.1f} s" for t in critical_chain(timings))
    view.console.print(f"critical chain: {chain}")


def _row(stack: Stack, service: Service) -> dict[str, Any]:
    return {
        "service": service.name,
        "state": stack.state(service),
        "ports": list(service.ports),
        "memory_mb": round(stack.runtime.memory_mb(service), 1),
    }
