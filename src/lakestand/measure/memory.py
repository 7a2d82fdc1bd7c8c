"""Memory of every service: idle, while the demo works, after it; and how it grows in a soak.

`python -m lakestand.measure.memory` measures the stand that runs, carries demo data through it and removes that.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from lakestand import stand
from lakestand.demo.show import PER_SECOND, Demo
from lakestand.errors import ServiceError
from lakestand.measure import told
from lakestand.measure.record import Record, Session
from lakestand.service import Service
from lakestand.settings import Settings
from lakestand.stack import Stack

ROWS, COMMITS = 20_000, 500
PERIOD_SECONDS = 2.0
WHAT = {"native": "PSS", "compose": "docker stats"}
Sample = tuple[float, Mapping[str, float]]  # when, in seconds, and MB by service


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and keep the record."""
    asked = argparse.ArgumentParser(prog="nox -s memory --", description=__doc__)
    asked.add_argument("--rows", type=int, default=ROWS, help="of each of the demo's tables")
    asked.add_argument("--soak", type=float, default=0, help="minutes of live commits after the snapshot")
    given = asked.parse_args(arguments)
    return told.tell(lambda settings: measure(settings, given.rows, given.soak))


def measure(settings: Settings, rows: int, soak: float = 0) -> Record:
    """The record of a stand that runs, all of its services."""
    options = f"--rows {rows}" + (f" --soak {soak:g}" if soak else "")
    session, stack = told.session("memory", settings, options), stand.stack(settings)
    services = [s for s in stack.services.values() if stack.runtime.running(s)]
    if missing := {s.name for s in stack.chosen()} - {s.name for s in services}:
        raise ServiceError(f"memory is that of a whole stand, not running: {', '.join(sorted(missing))}; invoke up")
    what = WHAT[session.runtime]
    _keep(session, "idle", f"idle, {what}", [_sample(stack, services)])
    show = Demo(settings, rows=rows, commits=max(COMMITS, round(soak * 60 * PER_SECOND)))
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(show.run)
        samples = _until(work, stack, services)
    work.result()
    _keep(session, "load", f"under load, {what}", samples)
    _keep(session, "after", f"after it, {what}", [_sample(stack, services)])
    show.clean()
    return session.record(
        parameters={"rows": rows, "soak_minutes": soak},
        details={"growth_mb_per_hour": _growth(samples) if soak else {}, "biggest": _biggest(samples)},
        missing={} if soak else {"memory.growth": "not asked for: nox -s memory -- --soak 10"},
    )


def _until(work: Future[Any], stack: Stack, services: Sequence[Service]) -> list[Sample]:
    samples = []
    while not wait([work], timeout=PERIOD_SECONDS).done:
        samples.append(_sample(stack, services))
    return samples


def _sample(stack: Stack, services: Sequence[Service]) -> Sample:
    return time.monotonic(), {s.name: stack.runtime.memory_mb(s) for s in services}


def _keep(session: Session, name: str, title: str, samples: Sequence[Sample]) -> None:
    for _, found in samples:
        session.add(f"memory.{name}", f"all services {title}", "MB", sum(found.values()))
        for service, value in found.items():
            session.add(f"memory.{name}.{service}", f"{service} {title}", "MB", value)


def _growth(samples: Sequence[Sample]) -> dict[str, float]:
    """Least squares over the soak's second half, when caches are full; MB an hour by service."""
    late = samples[len(samples) // 2 :]
    if len(late) < 3:
        return {}
    hours = np.array([at for at, _ in late]) / 3600
    return {n: round(float(np.polyfit(hours, [found[n] for _, found in late], 1)[0]), 1) for n in late[0][1]}


def _biggest(samples: Sequence[Sample]) -> list[str]:
    """The five services with the highest peak, greatest first."""
    peaks = {name: max(found[name] for _, found in samples) for name in samples[0][1]}
    return sorted(peaks, key=lambda name: -peaks[name])[:5]


if __name__ == "__main__":
    raise SystemExit(main())
