"""The task `demo`: flights from two databases into Iceberg and Delta."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from invoke import Context, Exit

from lakestand import view
from lakestand.settings import Settings
from lakestand.stand import artifacts, checkout
from lakestand.stand.leases import Leases
from lakestand.tasks.guard import JSON, task

if TYPE_CHECKING:
    from lakestand.demo.show import Demo


@task(
    extra="demo",
    help={
        "rows": "how many rows of each table to load; 0 loads all, 336,776 flights among them",
        "commits": "how many commits of one row the live part has",
        "picture": "also save what is printed as this SVG file",
        "json": JSON,
    },
)
def demo(_c: Context, rows: int = 0, commits: int = 500, picture: str = "", json: bool = False) -> None:
    """Carry real flights from PostgreSQL and MySQL into Iceberg and Delta, live, and compare every row."""
    from lakestand.demo.show import SERVICES, Demo

    log: checkout.Report = (lambda _text: None) if json else view.say
    began = time.monotonic()
    view.console.record = bool(picture)
    log(str(artifacts.fetch(artifacts.DEFAULT, Settings.load())))
    stack = checkout.prepare(SERVICES, log)
    with view.board("starting", quiet=json) as board:
        timings = Leases(Settings.load(), stack).acquire("", SERVICES, watch=board.set)
    ready = max(t.ready for t in timings)
    log(f"stand ready in {ready:.1f} s")
    show = Demo(Settings.load(), rows=rows, commits=commits)
    roads = show.run()
    if json:
        seconds = {k: round(v, 2) for k, v in show.seconds.items()} | {"all": round(time.monotonic() - began, 2)}
        view.print_json({"roads": roads, **_summarize(show), "seconds": seconds})
    else:
        title = "every road: source table against its mirror, with the hash of all rows"
        view.show(title, list(roads[0]), [list(road.values()) for road in roads])
        _print_summary(show)
    if picture:
        view.console.save_svg(picture, title=view.spell(f"invoke demo --rows {rows}"))
    if any(r["equal"] == "NO" for r in roads):
        raise Exit("error: source and table differ", code=1)


def _summarize(show: Demo) -> dict[str, object]:
    rows = sum(show.samples.values())
    rate = round(rows / show.seconds["snapshot"])
    return {"loaded_rows": rows, "snapshot_rows_per_s": rate, "kafka_lag_ms": show.kafka_lag}


def _print_summary(show: Demo) -> None:
    summary = _summarize(show)
    rate, rows = summary["snapshot_rows_per_s"], summary["loaded_rows"]
    view.console.print(f"snapshot: {rows:,} rows into 4 tables each, both formats, {rate:,} rows/s end to end")
    if show.kafka_lag:
        view.console.print(f"source commit → Kafka: p50 {show.kafka_lag[0]:.0f} ms, p99 {show.kafka_lag[1]:.0f} ms")
    phases = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in show.seconds.items())
    view.console.print(f"took: {phases}")
