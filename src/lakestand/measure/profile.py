"""Where one pipeline process spends its time: py-spy's samples of each stage, by the function that was at work.

`python -m lakestand.measure.profile` needs kafka, minio, iceberg-rest and schema-registry, and removes what it makes.
The folded stacks stay in reports/profiles, for speedscope or a flame graph.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lakestand.errors import MeasurementFailed
from lakestand.lake import bootstrap
from lakestand.lake.sinks import drop_namespace
from lakestand.measure import program
from lakestand.measure.record import Record
from lakestand.measure.throughput import FORMATS, SECONDS, STAGES
from lakestand.measure.workload.topic import filled
from lakestand.settings import Settings

PROFILES = "profiles"
SERVICES = ("kafka", "minio", "iceberg-rest", "schema-registry")
HERTZ, SHOWN = 100, 8
# A frame as py-spy writes it: function (path/of/lakestand/module.py), or with the line after a colon.
OURS = re.compile(r"(?P<function>[^;]+?) \((?:.*/)?lakestand/(?P<module>[\w/]+)\.py(?::\d+)?\)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and save the record; return the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s profile --", description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="how many change events")
    parser.add_argument("--format", choices=FORMATS, default="avro", help="of the records in Kafka")
    options = parser.parse_args(arguments)
    return program.run(lambda settings: measure(settings, options.events, options.format), *SERVICES)


def measure(settings: Settings, events: int, kind: str) -> Record:
    """Return a record with the functions in which each stage spent most of its time, the greatest share first."""
    session = program.new_session("profile", settings, f"--events {events} --format {kind}")
    bootstrap.create_buckets(settings)
    rows = list[dict[str, Any]]()
    with filled(settings, events, avro=kind == "avro") as topic:
        for sink, table in STAGES:
            program.report_progress(f"{sink} {table} …")
            namespace = f"measure_{uuid.uuid4().hex[:8]}"
            folded = settings.reports_dir / PROFILES / f"{sink}-{table}-{kind}.folded"
            try:
                _sample(folded, topic, sink, table, namespace)
            finally:
                drop_namespace(settings, namespace)
            for place, share in count_shares(folded.read_text().splitlines())[:SHOWN]:
                rows.append({"stage": f"{sink} {table}", "at work": place, "share": f"{share:.0%}"})
                session.add(f"profile.{kind}.{sink}.{table}.{place}", f"{sink} {table}: {place}", "%", share * 100)
    details = {f"share of {HERTZ} samples a second, by the innermost function of lakestand": rows}
    return session.record(parameters={"events": events, "format": kind}, details=details)


def count_shares(folded: Iterable[str]) -> list[tuple[str, float]]:
    """Return the share of each innermost function of lakestand, the greatest first; all shares make 1.

    *folded* are py-spy's lines, `frame;frame;… count`: the stack from the outside in, and how many samples met it.
    """
    samples = Counter[str]()
    for line in folded:
        stack, _, count = line.rpartition(" ")
        samples[_place(stack)] += int(count)
    total = samples.total()
    return [(place, count / total) for place, count in samples.most_common()]


def _place(stack: str) -> str:
    ours = list(_frames(stack))
    return ours[-1] if ours else "imports and the interpreter"


def _frames(stack: str) -> Iterator[str]:
    for frame in stack.split(";"):
        if match := OURS.fullmatch(frame):
            yield f"{match['module'].replace('/', '.')}.{match['function']}"


def _sample(folded: Path, topic: str, sink: str, table: str, namespace: str) -> None:
    folded.parent.mkdir(parents=True, exist_ok=True)
    stage = [sys.executable, "-m", "lakestand.measure.stage", "local", topic, sink, table, namespace]
    spy = str(Path(sys.executable).with_name("py-spy"))
    argv = [spy, "record", "-F", "-f", "raw", "-r", str(HERTZ), "-o", str(folded), "--", *stage]
    completed = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=SECONDS)
    if completed.returncode or not folded.exists():
        raise MeasurementFailed(f"py-spy on the pipeline into {sink} {table} failed: {completed.stderr[-400:]}")


if __name__ == "__main__":
    sys.exit(main())
