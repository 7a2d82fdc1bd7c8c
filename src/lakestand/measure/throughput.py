"""Events a second of one pipeline process from a full topic, beside what bounds it.

`python -m lakestand.measure.throughput` needs kafka, minio and iceberg-rest, with --avro also schema-registry, and
removes what it makes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import orjson

from lakestand import bootstrap, lake, view
from lakestand import settings as conf
from lakestand.errors import LakestandError, PipelineError
from lakestand.measure import clean, limits, record, told
from lakestand.measure.topic import filled
from lakestand.settings import Settings

EVENTS = 500_000
STAGES = tuple(product(lake.SINKS, ("changelog", "mirror")))
SECONDS = 600
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when something is missing."""
    asked = argparse.ArgumentParser(prog="python -m lakestand.measure.throughput", description=__doc__)
    asked.add_argument("--events", type=int, default=EVENTS, help="change events in the topic")
    asked.add_argument("--avro", action="store_true", help="Avro by the schema registry instead of JSON with schemas")
    asked.add_argument("--json", action="store_true", help="print data as JSON, nothing else")
    given = asked.parse_args(arguments)
    try:
        session = told.session("throughput", conf.load(), f"--events {given.events}" + " --avro" * given.avro)
        rows = measure(conf.load(), given.events, avro=given.avro)
    except LakestandError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    for row in rows:
        session.add(f"throughput.{row['what']}", str(row["what"]), "events/s", row["events/s"])
    record.save(session.record(parameters={"events": given.events, "avro": given.avro}, details={"rows": rows}))
    if given.json:
        view.as_json(rows)
    else:
        kind = "Avro of 0.2 KB" if given.avro else "JSON of 4.4 KB"
        columns = list(rows[-1])
        cells = [[row.get(column, "-") for column in columns] for row in rows]
        view.show(
            f"one process, {given.events:,} change events, {kind}",
            columns,
            cells,
        )
    return 0


def measure(settings: Settings, events: int, *, avro: bool = False) -> list[Row]:
    """A row for each limit, then one for each stage with its part of every limit."""
    bootstrap.buckets(settings)
    namespace = f"measure_{uuid.uuid4().hex[:8]}"
    with filled(settings, events, avro=avro) as topic, tempfile.TemporaryDirectory() as folder:
        bounds = limits.measured(settings, topic, Path(folder))
        try:
            runs = [_stage(topic, sink, kind, namespace) for sink, kind in STAGES]
        finally:
            clean.remove(settings, namespace)
    if short := [run["what"] for run in runs if run["events"] != events]:
        raise PipelineError(f"{', '.join(short)}: not all of {events:,} events were committed")
    return [_limit(name, rate) for name, rate in bounds.items()] + [_compared(run, bounds) for run in runs]


def _stage(topic: str, sink: str, kind: str, namespace: str) -> Row:
    argv = [sys.executable, "-m", "lakestand.measure.stage", topic, sink, kind, namespace]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise PipelineError(f"the pipeline into {sink} {kind} failed: {done.stderr[-400:]}")
    return {"what": f"{sink} {kind}", **orjson.loads(done.stdout)}


def _limit(name: str, rate: float) -> Row:
    return {"what": f"{name} alone", "events/s": round(rate)}


def _compared(run: Row, bounds: dict[str, float]) -> Row:
    rate = run["events"] / run["seconds"]
    return {
        "what": run["what"],
        "events/s": round(rate),
        "commits": run["commits"],
        "cpu s": round(run["cpu_seconds"], 1),
        "peak MB": round(run["peak_mb"]),
        **{f"of {name}": f"{rate / bound:.0%}" for name, bound in bounds.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
