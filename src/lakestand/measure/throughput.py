"""Events a second on every stage of the road, of few events and of many, beside what bounds one process.

`python -m lakestand.measure.throughput` needs postgres, mysql, connect, minio, iceberg-rest and schema-registry, and
removes what it makes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import orjson

from lakestand.errors import PipelineError
from lakestand.lake import bootstrap, sinks
from lakestand.lake.sinks import drop_namespace
from lakestand.measure import ceilings, program
from lakestand.measure.record import Record, Session
from lakestand.measure.workload import capture
from lakestand.measure.workload.topic import filled
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName

EVENTS = (10_000, 100_000, 1_000_000)
# A record's size decides how fast it is read.
FORMATS = {"avro": "Avro, 0.2 KB", "json": "JSON with schemas, 4.4 KB"}
PARTS = ("source", "local", "spark")
STAGES = tuple(product(sinks.SINKS, ("changelog", "mirror")))
SERVICES = ("postgres", "mysql", "connect", "minio", "iceberg-rest", "schema-registry")
CEILINGS = {"consume": "librdkafka consume alone", "decode": "Arrow decode alone", "write": "Parquet write alone"}
SECONDS = 3600
Row = dict[str, Any]
Sources = tuple[DatabaseName, ...]  # whose connectors work at once
Stage = tuple[str, tuple[str, str]]  # engine, and the sink and kind of the table that it writes


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and keep the record; 1 when something is missing."""
    asked = argparse.ArgumentParser(prog="nox -s throughput --", description=__doc__)
    asked.add_argument("--events", type=int, nargs="+", default=list(EVENTS), help="how many change events")
    asked.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS), help="of the records in Kafka")
    asked.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="connectors and engines")
    asked.add_argument("--quick", action="store_true", help="one table an engine, and both databases at once only")
    given = asked.parse_args(arguments)
    scope = (given.events, given.formats, given.parts)
    return program.run(lambda settings: measure(settings, *scope, quick=given.quick), *SERVICES)


def measure(
    settings: Settings, events: Sequence[int], formats: Sequence[str], parts: Sequence[str], *, quick: bool = False
) -> Record:
    """The record of all stages with so many events each; of one table an engine and one set of sources if *quick*."""
    options = f"--events {' '.join(map(str, events))} --formats {' '.join(formats)} --parts {' '.join(parts)}"
    options += " --quick" if quick else ""
    session = program.new_session("throughput", settings, options)
    bootstrap.create_buckets(settings)
    databases = capture.DATABASES[-1:] if quick else capture.DATABASES
    captured = _captured(session, settings, events if "source" in parts else (), databases)
    engines = [part for part in parts if part != "source"]
    carried = [
        row
        for kind, count in product(formats, events if engines else ())
        for row in _carried(
            session, settings, Workload(kind, count), product(engines, STAGES[-1:] if quick else STAGES)
        )
    ]
    return session.record(
        parameters={"events": list(events), "formats": list(formats), "parts": list(parts), "quick": quick},
        details={"from databases into Kafka": captured, "from Kafka into tables": carried},
        missing={f"throughput.{part}": f"not asked for: --parts {part}" for part in PARTS if part not in parts},
    )


@dataclass(frozen=True)
class Workload:
    """So many change events in one format."""

    kind: str
    events: int

    def series(self, what: str) -> str:
        """The name of a rate."""
        return f"throughput.{self.kind}.{self.events}.{what}"


def _captured(session: Session, settings: Settings, events: Sequence[int], sources: Sequence[Sources]) -> list[Row]:
    rows = []
    for count, mode, databases in product(events, capture.MODES, sources):
        topic = Workload("json", count)
        with session.attempt(topic.series(capture.describe(databases, mode))):
            rows.append(_kept(session, topic, capture.measure(settings, databases, mode, count)))
    return rows


def _carried(session: Session, settings: Settings, topic: Workload, stages: Iterable[Stage]) -> list[Row]:
    """A row for each limit, then one for each stage with its part of every limit."""
    rows: list[Row] = []
    with (
        session.attempt(topic.series("Kafka → tables")),
        filled(settings, topic.events, avro=topic.kind == "avro") as name,
        tempfile.TemporaryDirectory() as folder,
    ):
        bounds = ceilings.measure(settings, name, Path(folder))
        rows += [_kept(session, topic, _row(CEILINGS[limit], topic, rate)) for limit, rate in bounds.items()]
        for engine, (sink, table) in stages:
            what = f"{engine}: Kafka → {sink} {table}"
            with session.attempt(topic.series(what)):
                found = _stage(settings, engine, name, sink, table)
                if found["events"] != topic.events:
                    raise PipelineError(f"{what}: {found['events']:,} of {topic.events:,} events were committed")
                rate = found["events"] / found["seconds"]
                rows.append(_kept(session, topic, _row(what, topic, rate) | _cost(found) | _parts(rate, bounds)))
    return rows


def _stage(settings: Settings, engine: str, topic: str, sink: str, table: str) -> Row:
    place = f"measure_{uuid.uuid4().hex[:8]}"
    argv = [sys.executable, "-m", "lakestand.measure.stage", engine, topic, sink, table, place]
    try:
        done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as err:
        raise PipelineError(f"the {engine} pipeline into {sink} {table} took more than {SECONDS} s") from err
    finally:
        drop_namespace(settings, place)
    if done.returncode:
        raise PipelineError(f"the {engine} pipeline into {sink} {table} failed: {done.stderr[-400:]}")
    return dict(orjson.loads(done.stdout.splitlines()[-1]))


def _row(what: str, topic: Workload, rate: float) -> Row:
    return {"what": what, "format": topic.kind, "events": topic.events, "events/s": round(rate)}


def _cost(found: Row) -> Row:
    """Of the local engine; Spark's is its JVM's."""
    if "cpu_seconds" not in found:
        return {"commits": found["commits"]}
    return {
        "commits": found["commits"],
        "cpu s": round(found["cpu_seconds"], 1),
        "peak MB": round(found["peak_mb"]),
    }


def _parts(rate: float, bounds: Mapping[str, float]) -> Row:
    return {f"of {name}": f"{rate / bound:.0%}" for name, bound in bounds.items()}


def _kept(session: Session, topic: Workload, row: Row) -> Row:
    title = f"{row['what']}; {row['events']:,} events, {FORMATS[topic.kind]}"
    session.add(topic.series(row["what"]), title, "events/s", row["events/s"])
    program.report_progress(f"{title}: {row['events/s']:,} events/s")
    return row


if __name__ == "__main__":
    sys.exit(main())
