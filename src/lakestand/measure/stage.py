"""One pipeline in a process of its own, from the topic's beginning to its end: TOPIC SINK KIND NAMESPACE."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import orjson

from lakestand import lake
from lakestand import settings as conf
from lakestand.clients.registry import Registry, of
from lakestand.pipeline.run import Pipeline
from lakestand.pipeline.target import Committed, Kind


@dataclass
class Run:
    """What a pipeline did: its events, commits, seconds from the start to the last commit, CPU and memory."""

    events: int = 0
    commits: int = 0
    seconds: float = 0
    cpu_seconds: float = 0
    peak_mb: float = 0
    _began: float = field(default_factory=time.perf_counter)

    def add(self, committed: Committed) -> None:
        """One commit."""
        self.events += committed.events
        self.commits += 1
        self.seconds = time.perf_counter() - self._began

    def end(self) -> None:
        """Ask the system what it took."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        # Not ru_maxrss: that begins with the memory of the process that started this one.
        lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        self.peak_mb = int(lines["VmHWM"].split()[0]) / 1024


def main(topic: str, sink: str, kind: str, namespace: str) -> None:
    """Run, and print the measurement as JSON."""
    settings = conf.load()
    run = Run()
    Pipeline(
        bootstrap_servers=settings.bootstrap_servers,
        topics=[topic],
        sinks=[lake.SINKS[sink](settings, namespace)],
        registry=Registry(of(settings)),
        kinds=[cast("Kind", kind)],
        on_commit=run.add,
    ).run()
    run.end()
    print(orjson.dumps({k: v for k, v in asdict(run).items() if not k.startswith("_")}).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
