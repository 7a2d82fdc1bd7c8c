"""How long the stand takes until every service does its job: with fresh data, warm, and from an empty cache.

`python -m lakestand.measure.startup` uses a stand of its own and deletes it; yours must not run meanwhile.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from lakestand.lake import bootstrap
from lakestand.measure import program
from lakestand.measure.record import Record, Session
from lakestand.settings import Settings
from lakestand.stand import artifacts, checkout, class_data
from lakestand.stand.artifacts import gobuild
from lakestand.stand.services import declare
from lakestand.stand.timing import Timing, chain_to, critical_chain

RUNS = 5
NAME = "measure-startup"
FRESH, WARM, COLD = "fresh", "warm", "cold"
TITLES = {FRESH: "fresh data", WARM: "warm", COLD: "empty cache"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and save the record; return the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s startup --", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="bring-ups of each kind")
    parser.add_argument("--cold", action="store_true", help="also once from an empty cache: downloads everything")
    options = parser.parse_args(arguments)
    return program.run(lambda settings: measure(settings, options.runs, cold=options.cold))


def measure(settings: Settings, runs: int, *, cold: bool = False) -> Record:
    """Return the record of *runs* bring-ups with fresh data, as many warm, and with *cold* one from an empty cache."""
    session = program.new_session("startup", settings, f"--runs {runs}" + (" --cold" if cold else ""))
    chains: dict[str, list[list[Timing]]] = {}
    native = session.runtime == "native"
    if cold and native:
        with _empty_cache(settings) as scratch:
            _cold(session, scratch)
            chains[COLD] = [_bring_up(session, scratch, COLD)]
            _down(scratch, remove=True)
    own = settings.model_copy(update={"name": NAME})
    try:
        for _ in range(runs):
            _down(own, remove=True)
            for kind in (FRESH, WARM):
                chains.setdefault(kind, []).append(_bring_up(session, own, kind))
                _down(own, remove=False)
    finally:
        _down(own, remove=True)
        shutil.rmtree(own.home, ignore_errors=True)
    chain = [{"bring-up": TITLES[kind], **_most_frequent(runs_of_kind)} for kind, runs_of_kind in chains.items()]
    return session.record(
        parameters={"runs": runs, "cold": cold},
        details={"critical chain, as it was met most often": chain},
        missing=_missing(asked=cold, native=native),
    )


def _missing(*, asked: bool, native: bool) -> dict[str, str]:
    if not native:
        return {
            "startup.cold": "under Compose the engine keeps the images, not the cache: docker system prune, invoke up"
        }
    return {} if asked else {"startup.cold": "not asked for: nox -s startup -- --cold downloads everything again"}


def _bring_up(session: Session, settings: Settings, kind: str) -> list[Timing]:
    """Time one bring-up with its bootstrap, and return the timings of its services."""
    began = time.monotonic()
    timings = checkout.create(settings, (), print).up()
    list(bootstrap.prepare_services(settings, [t.name for t in timings]))
    title = TITLES[kind]
    session.add(f"startup.{kind}", f"all services ready, {title}", "s", time.monotonic() - began)
    for timing in timings:
        session.add(f"startup.{kind}.{timing.name}", f"{timing.name}, {title}", "s", timing.seconds)
        chain = " → ".join(t.name for t in chain_to(timing, timings))
        session.add(f"startup.{kind}.{timing.name}.ready", f"{chain} ready, {title}", "s", timing.ready)
    return timings


def _down(settings: Settings, *, remove: bool) -> None:
    stack = checkout.stack(settings)
    stack.down()
    if remove:
        for service in stack.services.values():
            stack.runtime.remove(service)
        stack.runtime.clear(volumes=True)


@contextmanager
def _empty_cache(settings: Settings) -> Iterator[Settings]:
    # Beside the cache, not in /tmp: services of other users read it.
    folder = settings.cache_dir.with_name(f"{settings.cache_dir.name}-{NAME}")
    shutil.rmtree(folder, ignore_errors=True)
    scratch = settings.model_copy(update={"name": NAME, "cache_dir": folder})
    try:
        yield scratch
    finally:
        _down(scratch, remove=True)
        shutil.rmtree(folder)


def _cold(session: Session, settings: Settings) -> None:
    """Time what is done once on a machine."""
    names = [s.name for s in checkout.stack(settings).select()]
    steps: dict[str, Callable[[], object]] = {
        "download": lambda: artifacts.fetch(artifacts.DEFAULT, settings),
        "alertmanager": lambda: gobuild.alertmanager(settings),
        "archives": lambda: class_data.build(settings, declare, names),
    }
    for name, step in steps.items():
        began = time.monotonic()
        step()
        session.add(f"startup.once.{name}", f"once on a machine: {name}", "s", time.monotonic() - began)


def _most_frequent(runs: Sequence[Sequence[Timing]]) -> dict[str, object]:
    """Return the critical chain that was met most often, and in how many of *runs*."""
    chains = [tuple(t.name for t in critical_chain(timings)) for timings in runs]
    chain, count = Counter(chains).most_common(1)[0]
    return {"chain": " → ".join(chain), "met": count, "runs": len(runs)}


if __name__ == "__main__":
    raise SystemExit(main())
