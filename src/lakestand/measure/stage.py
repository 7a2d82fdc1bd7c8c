"""One pipeline in a process of its own, from the topic's beginning to its end, measured.

`python -m lakestand.measure.stage ENGINE TOPIC SINK KIND NAMESPACE` prints the measurement as JSON.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson

from lakestand.clients.registry import Registry, registry_config
from lakestand.lake import sinks
from lakestand.pipeline.reports import Commit, Kind
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings


@dataclass
class StageResult:
    """What a pipeline did: how many events and commits, and the seconds from its start to the last commit."""

    events: int = 0
    commits: int = 0
    seconds: float = 0
    _began: float = field(default_factory=time.perf_counter)

    def add(self, committed: Commit) -> None:
        """Count one commit."""
        self.events += committed.events
        self.commits += 1
        self.seconds = time.perf_counter() - self._began

    def as_dict(self) -> dict[str, Any]:
        """Return events, commits and seconds, as they are printed."""
        return {"events": self.events, "commits": self.commits, "seconds": self.seconds}


def main(engine: str, topic: str, sink: str, kind: str, namespace: str) -> None:
    """Run, and print the measurement as JSON."""
    work = {"local": _local, "spark": _spark}[engine]
    print(orjson.dumps(work(Settings.load(), topic, sink, cast("Kind", kind), namespace)).decode())


def _local(settings: Settings, topic: str, sink: str, kind: Kind, namespace: str) -> dict[str, Any]:
    result = StageResult()
    Pipeline(
        bootstrap_servers=settings.bootstrap_servers,
        topics=[topic],
        sinks=[sinks.SINKS[sink](settings, namespace)],
        registry=Registry(registry_config(settings)),
        kinds=[kind],
        on_commit=result.add,
    ).run()
    return result.as_dict() | _cost()


def _spark(settings: Settings, topic: str, sink: str, kind: Kind, namespace: str) -> dict[str, Any]:
    """Run on Spark with two threads in this process; the session's start is not counted, nor the memory of its JVM."""
    from lakestand.pipeline.spark.run import SparkPipeline  # noqa: PLC0415  an optional dependency
    from lakestand.pipeline.spark.session import start_session  # noqa: PLC0415
    from lakestand.pipeline.spark.tables import WRITERS  # noqa: PLC0415

    spark = start_session(settings)
    result = StageResult()
    SparkPipeline(
        spark=spark,
        bootstrap_servers=settings.bootstrap_servers,
        topics=[topic],
        sinks=[WRITERS[sink](settings, namespace)],
        registry=registry_config(settings),
        kinds=[kind],
        on_commit=result.add,
    ).run()
    spark.stop()
    return result.as_dict()


def _cost() -> dict[str, Any]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # Not ru_maxrss: that begins with the memory of the process that started this one.
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mb": int(lines["VmHWM"].split()[0]) / 1024}


if __name__ == "__main__":
    main(*sys.argv[1:])
