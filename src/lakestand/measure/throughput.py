"""How many events a second every stage carries, of few events and of many, beside what one process can reach at most.

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

from lakestand.errors import MeasurementFailed
from lakestand.lake import bootstrap, sinks
from lakestand.lake.sinks import drop_namespace
from lakestand.measure import ceilings, program
from lakestand.measure.record import Record, Session
from lakestand.measure.workload import capture
from lakestand.measure.workload.topic import filled
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName

EVENTS = (10_000, 100_000, 1_000_000)
# Formats with the mean size of their records, which decides how fast they are read.
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
    """Measure, print, and save the record; return the exit code, 1 when a stage failed."""
    parser = argparse.ArgumentParser(prog="nox -s throughput --", description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=list(EVENTS), help="how many change events")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS), help="of the records in Kafka")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="connectors and engines")
    parser.add_argument("--quick", action="store_true", help="one table an engine, and both databases at once only")
    options = parser.parse_args(arguments)
    scope = (options.events, options.formats, options.parts)
    return program.run(lambda settings: measure(settings, *scope, quick=options.quick), *SERVICES)


def measure(
    settings: Settings, events: Sequence[int], formats: Sequence[str], parts: Sequence[str], *, quick: bool = False
) -> Record:
    """Return the record of all stages with *events* each; *quick* takes one table an engine, one set of databases."""
    options = f"--events {' '.join(map(str, events))} --formats {' '.join(formats)} --parts {' '.join(parts)}"
    options += " --quick" if quick else ""
    session = program.new_session("throughput", settings, options)
    bootstrap.create_buckets(settings)
    databases = capture.DATABASES[-1:] if quick else capture.DATABASES
    captured = _measure_capture(session, settings, events if "source" in parts else (), databases)
    engines = [part for part in parts if part != "source"]
    carried = [
        row
        for kind, count in product(formats, events if engines else ())
        for row in _measure_stages(
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
    """A topic's content: *events* change events in the format *kind*, avro or json."""

    kind: str
    events: int

    def series(self, what: str) -> str:
        """Return the name of the series that holds the rate of *what* with this workload."""
        return f"throughput.{self.kind}.{self.events}.{what}"


def _measure_capture(
    session: Session, settings: Settings, events: Sequence[int], sources: Sequence[Sources]
) -> list[Row]:
    rows = []
    for count, mode, databases in product(events, capture.MODES, sources):
        workload = Workload("json", count)
        with session.attempt(workload.series(capture.describe(databases, mode))):
            rows.append(_keep(session, workload, capture.measure(settings, databases, mode, count)))
    return rows


def _measure_stages(session: Session, settings: Settings, workload: Workload, stages: Iterable[Stage]) -> list[Row]:
    """Return a row for each ceiling, then one for each stage with its share of every ceiling."""
    rows: list[Row] = []
    with (
        session.attempt(workload.series("Kafka → tables")),
        filled(settings, workload.events, avro=workload.kind == "avro") as topic,
        tempfile.TemporaryDirectory() as folder,
    ):
        ceiling_rates = ceilings.measure(settings, topic, Path(folder))
        rows += [_keep(session, workload, _row(CEILINGS[step], workload, rate)) for step, rate in ceiling_rates.items()]
        for engine, (sink, table) in stages:
            what = f"{engine}: Kafka → {sink} {table}"
            with session.attempt(workload.series(what)):
                result = _run_stage(settings, engine, topic, sink, table)
                if result["events"] != workload.events:
                    raise MeasurementFailed(
                        f"{what}: {result['events']:,} of {workload.events:,} events were committed"
                    )
                rate = result["events"] / result["seconds"]
                rows.append(
                    _keep(session, workload, _row(what, workload, rate) | _cost(result) | _shares(rate, ceiling_rates))
                )
    return rows


def _run_stage(settings: Settings, engine: str, topic: str, sink: str, table: str) -> Row:
    place = f"measure_{uuid.uuid4().hex[:8]}"
    argv = [sys.executable, "-m", "lakestand.measure.stage", engine, topic, sink, table, place]
    try:
        completed = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as err:
        raise MeasurementFailed(f"the {engine} pipeline into {sink} {table} took more than {SECONDS} s") from err
    finally:
        drop_namespace(settings, place)
    if completed.returncode:
        raise MeasurementFailed(f"the {engine} pipeline into {sink} {table} failed: {completed.stderr[-400:]}")
    return dict(orjson.loads(completed.stdout.splitlines()[-1]))


def _row(what: str, workload: Workload, rate: float) -> Row:
    return {"what": what, "format": workload.kind, "events": workload.events, "events/s": round(rate)}


def _cost(result: Row) -> Row:
    """Return commits, processor time and memory; of Spark the commits alone, for its JVM does the work."""
    if "cpu_seconds" not in result:
        return {"commits": result["commits"]}
    return {
        "commits": result["commits"],
        "cpu s": round(result["cpu_seconds"], 1),
        "peak MB": round(result["peak_mb"]),
    }


def _shares(rate: float, ceiling_rates: Mapping[str, float]) -> Row:
    return {f"of {name}": f"{rate / ceiling:.0%}" for name, ceiling in ceiling_rates.items()}


def _keep(session: Session, workload: Workload, row: Row) -> Row:
    title = f"{row['what']}; {row['events']:,} events, {FORMATS[workload.kind]}"
    session.add(workload.series(row["what"]), title, "events/s", row["events/s"])
    program.report_progress(f"{title}: {row['events/s']:,} events/s")
    return row


if __name__ == "__main__":
    sys.exit(main())
