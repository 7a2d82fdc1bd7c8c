"""The demo, from loading the first row to comparing the last."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from lakestand.demo import traffic
from lakestand.demo.data import SAMPLES, Sample
from lakestand.demo.pipeline_thread import PipelineThread
from lakestand.demo.tally import Tally, percentiles
from lakestand.lake import bootstrap
from lakestand.lake.sinks import SINKS, drop_namespace
from lakestand.lake.table import Sink
from lakestand.pipeline.run import Pipeline
from lakestand.reconcile.comparison import compare
from lakestand.settings import Settings
from lakestand.settings.logins import DatabaseName
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import Database
from lakestand.sources.databases import open_database
from lakestand.sources.mysql import MySQL
from lakestand.sources.postgres import Postgres
from lakestand.sources.presets import MAKERS
from lakestand.sources.registration import register, remove
from lakestand.view import Bar

SERVICES = ("postgres", "mysql", "connect", "minio", "iceberg-rest")
SCHEMA = "demo"
DATABASES: tuple[DatabaseName, ...] = ("postgres", "mysql")
PER_SECOND = 50
T = TypeVar("T")


@dataclass
class Demo:
    """One run of the demo.

    Attributes:
        rows: how many rows of each table are loaded; 0 means all of them.
        commits: how many commits the live part has.
        samples: how many rows were loaded, by table; filled by `run`, like the following.
        seconds: how long each phase took.
        kafka_lag: p50 and p99 in milliseconds from a live commit until it was in Kafka; None without one.
    """

    settings: Settings
    rows: int = 0
    commits: int = 500
    samples: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    kafka_lag: tuple[float, float] | None = None

    def run(self) -> list[dict[str, object]]:
        """Load, capture, stream and compare all tables; return a row for each table and sink.

        Its `equal` is the end of the hash of all rows, or "NO" where source and mirror differ.
        """
        bootstrap.create_buckets(self.settings)
        self._timed("clean", self.clean)
        self._timed("load", self._load)
        tally = self._carry()
        report = self._timed("compare", lambda: [self._road(s, sink, tally) for s in SAMPLES for sink in self.sinks()])
        self.kafka_lag = percentiles(tally.kafka)
        return report

    def sinks(self) -> list[Sink]:
        """Return the sinks that every table goes to."""
        return [make(self.settings, SCHEMA) for make in SINKS.values()]

    def connectors(self) -> list[DebeziumConnectorConfig]:
        """Return the connector of each database, not registered yet."""
        names = {d: [f"{SCHEMA}.{s.name}" for s in SAMPLES if s.database == d] for d in DATABASES}
        more: dict[str, dict[str, object]] = {"postgres": {}, "mysql": {"database_dbname": SCHEMA}}
        return [MAKERS[d](self.settings, names[d], name=f"demo-{d}", **more[d]) for d in names]

    def clean(self) -> None:
        """Remove what an earlier demo left: connectors with their topics, and the tables of databases and sinks."""
        for config in self.connectors():
            remove(self.settings, config)
        Postgres(self.settings).execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        MySQL(self.settings).execute(f"DROP DATABASE IF EXISTS {SCHEMA}")
        drop_namespace(self.settings, SCHEMA)

    def _load(self) -> None:
        Postgres(self.settings).execute(f"CREATE SCHEMA {SCHEMA}")
        MySQL(self.settings).execute(f"CREATE DATABASE {SCHEMA}")
        for sample in SAMPLES:
            rows = sample.rows(self.rows)
            database = self._source(sample)
            database.execute(sample.ddl(SCHEMA))
            database.load(f"{SCHEMA}.{sample.name}", rows)
            self.samples[sample.name] = rows.num_rows

    def _carry(self) -> Tally:
        """Carry the snapshot and then live traffic; return what was committed when every table has every event."""
        targets = 2 * len(self.sinks())
        rows = sum(self.samples.values())
        with Bar("snapshot → tables") as bar:
            bar.total(targets * rows)
            tally = Tally(bar.advance)
            with self._pipeline(tally) as wait:
                self._timed("snapshot", lambda: self._snapshot(wait, targets * rows))
                bar.total(targets * (rows + self.commits))
                self._timed("live", lambda: self._traffic(bar.add("live commits", self.commits)))
                self._timed("drain", lambda: wait(targets * (rows + self.commits)))
        return tally

    def _traffic(self, on_commit: Callable[[int], None]) -> None:
        tables = {f"{SCHEMA}.{name}": self.samples[name] for name in ("flights", "weather")}
        traffic.run(self.settings, tables, self.commits, PER_SECOND, on_commit)

    def _snapshot(self, wait: Callable[[int], None], events: int) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda config: register(self.settings, config), self.connectors()))
        wait(events)

    def _pipeline(self, tally: Tally) -> PipelineThread:
        topics = [f"demo-{s.database}.{SCHEMA}.{s.name}" for s in SAMPLES]
        return PipelineThread(
            Pipeline(
                bootstrap_servers=self.settings.bootstrap_servers,
                topics=topics,
                sinks=self.sinks(),
                on_commit=tally.add,
            ),
            tally,
        )

    def _road(self, sample: Sample, sink: Sink, tally: Tally) -> dict[str, object]:
        comparison = compare(self._source(sample), f"{SCHEMA}.{sample.name}", sink)
        difference = comparison.difference
        lag = percentiles(tally.lags.get((sample.name, sink.name), []))
        events = tally.events[sample.name, sink.name]
        return {
            "table": sample.name,
            "road": f"{sample.database} → {sink.name}",
            "source": difference.source_rows,
            "mirror": difference.mirror_rows,
            "events": events,
            "ev/s": round(events / seconds) if (seconds := tally.seconds[sample.name, sink.name]) else None,
            "equal": difference.source_hash[-6:] if comparison.equal else "NO",
            "p50 ms": round(lag[0]) if lag else None,
            "p99 ms": round(lag[1]) if lag else None,
        }

    def _source(self, sample: Sample) -> Database:
        return open_database(self.settings, sample.database)

    def _timed(self, phase: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        result = work()
        self.seconds[phase] = time.monotonic() - began
        return result
