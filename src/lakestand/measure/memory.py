"""How much memory every service takes: idle, while the demo works, while Spark's cluster works, afterwards, in a soak.

`python -m lakestand.measure.memory` measures the stand that runs, carries demo data through it and removes that.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from lakestand.demo import data
from lakestand.demo.show import PER_SECOND, SCHEMA, Demo
from lakestand.errors import MeasurementFailed
from lakestand.lake.sinks import SINKS, drop_namespace
from lakestand.measure import program
from lakestand.measure.record import Record, Session
from lakestand.settings import Settings
from lakestand.stand import checkout
from lakestand.stand.service import Service
from lakestand.stand.stack import Stack

ROWS, COMMITS = 20_000, 500
SOAK_MINUTES = 10.0
PERIOD_SECONDS = 2.0
SPARK = ("spark", "spark-worker")
SPARK_NAMESPACE = "measure_spark"
SPARK_SECONDS = 600
Sample = tuple[float, Mapping[str, float]]  # when, in seconds, and MB by service


@dataclass(frozen=True)
class Meter:
    """Reads the memory of *services* and adds it to series of *session*."""

    session: Session
    stack: Stack
    services: Sequence[Service]

    def sample(self) -> Sample:
        """Return the moment, and the MB of each service now."""
        return time.monotonic(), {s.name: self.stack.runtime.memory_mb(s) for s in self.services}

    def sample_during(self, work: Callable[[], object]) -> list[Sample]:
        """Return samples from the beginning of *work* to its end; an error of *work* is raised."""
        with ThreadPoolExecutor(1) as pool:
            future, samples = pool.submit(work), [self.sample()]
            while not wait([future], timeout=PERIOD_SECONDS).done:
                samples.append(self.sample())
            future.result()
        return samples

    def add(self, name: str, title: str, samples: Sequence[Sample]) -> None:
        """Add every service and their sum to the series; the sum is without Spark and, where that runs, with it too."""
        words = f"{title}, {self.stack.runtime.memory_is}"
        for _, memory in samples:
            without = {n: mb for n, mb in memory.items() if n not in SPARK}
            self.session.add(f"memory.{name}", f"all services but Spark {words}", "MB", sum(without.values()))
            if without != memory:
                self.session.add(f"memory.spark.{name}", f"all services {words}", "MB", sum(memory.values()))
            for service, value in memory.items():
                self.session.add(f"memory.{name}.{service}", f"{service} {words}", "MB", value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and save the record; return the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s memory --", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="of each of the demo's tables")
    parser.add_argument("--soak", type=float, default=SOAK_MINUTES, help="minutes of live commits; 0 for none")
    parser.add_argument("--quick", action="store_true", help="few live commits, and one table by Spark's cluster")
    options = parser.parse_args(arguments)
    return program.run(lambda settings: measure(settings, options.rows, options.soak, quick=options.quick))


def measure(settings: Settings, rows: int, soak: float = SOAK_MINUTES, *, quick: bool = False) -> Record:
    """Return the record of a stand that runs; Spark's services are started for it.

    Raises:
        ServiceError: not all services of the stand run.
    """
    options = f"--rows {rows} --soak {soak:g}" + (" --quick" if quick else "")
    session, stack = program.new_session("memory", settings, options), checkout.stack(settings)
    if away := [s.name for s in stack.select() if not stack.runtime.running(s)]:
        raise MeasurementFailed(f"memory is that of a whole stand, not running: {', '.join(away)}; invoke up")
    missing = _no_spark(settings) | ({} if soak else {"memory.growth": "not asked for: nox -s memory -- --soak 10"})
    spark = () if "memory.spark" in missing else SPARK
    commits = PER_SECOND if quick else COMMITS
    show = Demo(settings, rows=rows, commits=max(commits, round(soak * 60 * PER_SECOND)))
    on_spark = (data.SAMPLES[-1:], ["iceberg"]) if quick else (data.SAMPLES, list(SINKS))
    with _running(stack, spark):
        meter = Meter(session, stack, stack.select(*(s.name for s in stack.select()), *spark))
        meter.add("idle", "idle", [meter.sample()])
        try:
            samples = meter.sample_during(show.run)
            meter.add("load", "under load", samples)
            if spark:
                meter.add(
                    "cluster", "while Spark's cluster works", meter.sample_during(lambda: _carry(settings, *on_spark))
                )
            meter.add("after", "after it", [meter.sample()])
        finally:
            drop_namespace(settings, SPARK_NAMESPACE)
            show.clean()
    details = {
        "the five biggest under load": list_biggest(samples),
        "growth in the soak's second half": fit_growth(samples) if soak else [],
        "seconds": [round(at - samples[0][0], 1) for at, _ in samples],
    }
    parameters = {"rows": rows, "soak_minutes": soak, "quick": quick}
    return session.record(parameters=parameters, details=details, missing=missing)


def fit_growth(samples: Sequence[Sample]) -> list[dict[str, object]]:
    """Return by how many MB an hour each service grows, the fastest first; empty for fewer than eight samples.

    It is the slope of a straight line by least squares, with its standard error, over the second half of *samples*,
    when caches are full.
    """
    late = samples[len(samples) // 2 :]
    if len(late) < 4:
        return []
    hours = (np.array([at for at, _ in late]) - late[0][0]) / 3600
    slopes = []
    for name in late[0][1]:
        (slope, _), covariance = np.polyfit(hours, [mb[name] for _, mb in late], 1, cov=True)
        slopes.append((name, float(slope), float(np.sqrt(covariance[0, 0]))))
    head = ("service", "MB an hour", "standard error", "samples", "minutes")
    basis = (len(late), round(float(hours[-1]) * 60, 1))
    rows = [(name, round(slope, 1), round(error, 1), *basis) for name, slope, error in slopes]
    return [dict(zip(head, row, strict=True)) for row in sorted(rows, key=lambda row: -row[1])]


def list_biggest(samples: Sequence[Sample]) -> list[dict[str, object]]:
    """Return the five services with the highest peaks, the greatest first."""
    peaks = {name: max(memory[name] for _, memory in samples) for name in samples[0][1]}
    return [{"service": n, "peak MB": round(peaks[n])} for n in sorted(peaks, key=lambda n: -peaks[n])[:5]]


def _no_spark(settings: Settings) -> dict[str, str]:
    """Return why Spark cannot be measured; empty where it can."""
    if importlib.util.find_spec("pyspark") is None:
        return {"memory.spark": "pyspark is not installed: pip install -e '.[spark]'"}
    if settings.runtime == "compose":
        return {"memory.spark": "executors in containers cannot reach a driver on this machine's loopback"}
    return {}


@contextmanager
def _running(stack: Stack, names: Sequence[str]) -> Iterator[None]:
    started = [n for n in names if not stack.runtime.running(stack.services[n])]
    if started:
        stack.up(*started)
    try:
        yield
    finally:
        if started:
            stack.down(*started)


def _carry(settings: Settings, tables: Sequence[data.Sample], sinks: Sequence[str]) -> None:
    """Carry topics of the demo into tables of another namespace, on the cluster; the driver is not measured."""
    what = [f"--topic=demo-{s.database}.{SCHEMA}.{s.name}" for s in tables] + [f"--sink={name}" for name in sinks]
    master = settings.spark_master_url
    argv = [sys.executable, "-m", "invoke", "pipeline.run", *what, "--engine=spark", f"--master={master}", "--once"]
    argv.append(f"--namespace={SPARK_NAMESPACE}")
    completed = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=SPARK_SECONDS)
    if completed.returncode:
        raise MeasurementFailed(f"the pipeline on Spark failed: {completed.stderr[-400:]}")


if __name__ == "__main__":
    raise SystemExit(main())
