"""The demo from the first row to the last comparison."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lakestand import view
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

SERVICES = ("postgres", "mysql", "connect", "minio", "iceberg-rest")
SCHEMA = "demo"
DATABASES: tuple[DatabaseName, ...] = ("postgres", "mysql")
PER_SECOND = 50
T = TypeVar("T")


@dataclass
class Demo:
    """One run. *rows* limits every table, 0 takes all; *commits* is the length of the live part."""

    settings: Settings
    rows: int = 0
    commits: int = 500
    samples: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    kafka_lag: tuple[float, float] | None = None

    def run(self) -> list[dict[str, object]]:
        """Load, capture, stream and compare; a row a road. Drift when one of them differs."""
        bootstrap.create_buckets(self.settings)
        self._timed("clean", self.clean)
        self._timed("load", self._load)
        roads = self._carry()
        report = self._timed("compare", lambda: [self._road(s, sink, roads) for s in SAMPLES for sink in self.sinks()])
        self.kafka_lag = percentiles(roads.kafka)
        return report

    def sinks(self) -> list[Sink]:
        """Where the changes go."""
        return [make(self.settings, SCHEMA) for make in SINKS.values()]

    def connectors(self) -> list[DebeziumConnectorConfig]:
        """One for each database."""
        names = {d: [f"{SCHEMA}.{s.name}" for s in SAMPLES if s.database == d] for d in DATABASES}
        more: dict[str, dict[str, object]] = {"postgres": {}, "mysql": {"database_dbname": SCHEMA}}
        return [MAKERS[d](self.settings, names[d], name=f"demo-{d}", **more[d]) for d in names]

    def clean(self) -> None:
        """Remove what an earlier demo left, in every service."""
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
        """Snapshot, then live traffic, with a progress bar; ends when every target has every event."""
        targets = 2 * len(self.sinks())
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=view.console, transient=True, disable=not view.console.is_terminal) as bar:
            snapshot = bar.add_task("snapshot → tables", total=targets * sum(self.samples.values()))
            tally = Tally(lambda n: bar.update(snapshot, advance=n))
            with self._pipeline(tally) as wait:
                self._timed("snapshot", lambda: self._snapshot(wait, targets))
                live = bar.add_task("live commits", total=self.commits)
                tables = {
                    f"{SCHEMA}.flights": self.samples["flights"],
                    f"{SCHEMA}.weather": self.samples["weather"],
                }
                bar.update(snapshot, total=targets * (sum(self.samples.values()) + self.commits))
                self._timed(
                    "live",
                    lambda: traffic.run(
                        self.settings, tables, self.commits, PER_SECOND, lambda n: bar.update(live, advance=n)
                    ),
                )
                self._timed("drain", lambda: wait(targets * (sum(self.samples.values()) + self.commits)))
        return tally

    def _snapshot(self, wait: Callable[[int], None], targets: int) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda config: register(self.settings, config), self.connectors()))
        wait(targets * sum(self.samples.values()))

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
        compared = compare(self._source(sample), f"{SCHEMA}.{sample.name}", sink)
        found = compared.difference
        lag = percentiles(tally.lags.get((sample.name, sink.name), []))
        events = tally.events[sample.name, sink.name]
        return {
            "table": sample.name,
            "road": f"{sample.database} → {sink.name}",
            "source": found.source_rows,
            "mirror": found.mirror_rows,
            "events": events,
            "ev/s": round(events / seconds) if (seconds := tally.seconds[sample.name, sink.name]) else None,
            "equal": found.source_hash[-6:] if compared.equal else "NO",
            "p50 ms": round(lag[0]) if lag else None,
            "p99 ms": round(lag[1]) if lag else None,
        }

    def _source(self, sample: Sample) -> Database:
        return open_database(self.settings, sample.database)

    def _timed(self, what: str, do: Callable[[], T]) -> T:
        began = time.monotonic()
        done = do()
        self.seconds[what] = time.monotonic() - began
        return done
