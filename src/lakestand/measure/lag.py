"""How long a commit in PostgreSQL takes to Kafka, and until it can be read in Iceberg and in Delta, at several rates.

`python -m lakestand.measure.lag` needs postgres, connect, minio and iceberg-rest, and removes what it makes.
"""

from __future__ import annotations

import argparse
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from lakestand import probe
from lakestand.demo.pipeline_thread import PipelineThread
from lakestand.demo.tally import Tally
from lakestand.lake import bootstrap, sinks
from lakestand.lake.sinks import drop_namespace
from lakestand.measure import program
from lakestand.measure.record import Record, Session
from lakestand.pipeline.reports import Commit
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.postgres import Postgres
from lakestand.sources.presets import for_postgres
from lakestand.sources.registration import register, remove
from lakestand.stand.services import postgres
from lakestand.view import Bar

# Rows a second → how many commits of one row each. 30 are too few for a p99, which is the worst of them then; the table
# shows how many there were.
RATES = {1: 30, 100: 2_000, 1_000: 10_000}
KINDS = 2  # changelog and mirror
SERVICES = ("postgres", "connect", "minio", "iceberg-rest")


@dataclass
class Lags:
    """Milliseconds from the commit in the source until the row arrived, by place; the pipeline's threads add them."""

    tally: Tally = field(default_factory=lambda: Tally(lambda _n: None))
    by_place: defaultdict[str, list[pa.Array]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, commit: Commit) -> None:
        """Add the lags of a mirror's commit; those in Kafka are taken from Iceberg's, as all sinks read the same."""
        if commit.kind == "mirror":
            with self._lock:
                self.by_place[commit.sink].append(commit.lag_ms())
                if commit.sink == "iceberg":
                    self.by_place["kafka"].append(commit.kafka_lag_ms())
        self.tally.add(commit)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and save the record; return the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s lag --", description=__doc__)
    parser.add_argument("--rates", type=int, nargs="+", default=list(RATES), help="rows a second")
    options = parser.parse_args(arguments)
    return program.run(lambda settings: measure(settings, options.rates), *SERVICES)


def measure(settings: Settings, rates: Sequence[int]) -> Record:
    """Return the record of one run at each of *rates*, in rows a second."""
    options = "" if list(rates) == list(RATES) else f"--rates {' '.join(map(str, rates))}"
    session = program.new_session("lag", settings, options)
    bootstrap.create_buckets(settings)
    for rate in rates:
        _measure_rate(settings, session, rate)
    return session.record(parameters={"rates": list(rates)})


def _measure_rate(settings: Settings, session: Session, rate: int) -> None:
    count = RATES.get(rate, 10 * rate)
    with _captured_table(settings) as (config, table, namespace):
        opened_sinks = [make(settings, namespace) for make in sinks.SINKS.values()]
        lags = Lags()
        pipeline = Pipeline(
            bootstrap_servers=settings.bootstrap_servers,
            topics=[f"{config.topic_prefix}.{table}"],
            sinks=opened_sinks,
            on_commit=lags.add,
        )
        with PipelineThread(pipeline, lags.tally) as wait:
            reached = _write(settings, table, count, rate)
            wait(count * KINDS * len(opened_sinks))
    session.add(f"lag.{rate}.reached", f"commits, of {rate} a second asked for", "1/s", reached)
    for name, arrays in sorted(lags.by_place.items()):
        values = [round(float(v), 1) for a in arrays for v in a.to_numpy(zero_copy_only=False)]
        title = "in Kafka" if name == "kafka" else f"visible in {name.title()}"
        session.add(f"lag.{rate}.{name}", f"commit → {title}, {rate} rows/s", "ms", *values)


@contextmanager
def _captured_table(settings: Settings) -> Iterator[tuple[DebeziumConnectorConfig, str, str]]:
    """Give a new table's connector, its name and its namespace; all that comes of them is removed afterwards."""
    name = f"measure_{uuid.uuid4().hex[:8]}"
    table, source = f"public.{name}", Postgres(settings)
    config = for_postgres(settings, [table], name=name)
    source.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, note TEXT)")
    try:
        register(settings, config)
        yield config, table, name
    finally:
        remove(settings, config)
        source.execute(f"DROP TABLE {table}")
        drop_namespace(settings, name)


def _write(settings: Settings, table: str, count: int, rate: int) -> float:
    """Commit *count* rows, one at a time, at *rate* a second, and return the rate that was reached."""
    insert = f"INSERT INTO {table} VALUES (%s, 'a row')".encode()  # noqa: S608  its own name
    with postgres.connect(settings) as connection, Bar(f"{rate} rows/s") as bar:
        bar.total(count)
        began = time.monotonic()
        for number in range(count):
            probe.pause_until(began + number / rate)
            connection.execute(insert, [number])
            bar.advance(1)
        return count / (time.monotonic() - began)


if __name__ == "__main__":
    raise SystemExit(main())
