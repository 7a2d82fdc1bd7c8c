"""The stand of this checkout: its settings, services and runtime put together."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from lakestand.errors import StandError
from lakestand.settings import Settings, credentials
from lakestand.stand import artifacts, class_data, offset
from lakestand.stand.artifacts import gobuild
from lakestand.stand.runtimes import Observer, Runtime, choice
from lakestand.stand.runtimes.inside import Inside
from lakestand.stand.runtimes.native import Native
from lakestand.stand.services import declare
from lakestand.stand.stack import Stack

Report = Callable[[str], None]

# How long one `up` or `down` waits for another of the same stand.
TURN_SECONDS = 300


def stack(settings: Settings) -> Stack:
    """Return all services of *settings* on the runtime that they name.

    Raises:
        StandError: inside a container, from where nothing can be started or stopped; `observer` can look.
    """
    if settings.inside:
        raise StandError("this is a container of the stand: ask lakestand outside of it")
    return Stack(services=declare(settings), runtime=_runtime(settings), start_timeout=settings.start_timeout)


def observer(settings: Settings) -> Observer:
    """Return who can see which services of *settings* run, from outside or from inside of their containers."""
    return Inside(settings.home) if settings.inside else _runtime(settings)


def _runtime(settings: Settings) -> Runtime:
    if settings.runtime == "compose":
        from lakestand.stand.runtimes.compose.runtime import Compose  # noqa: PLC0415  Docker's client costs a quarter of a second

        return Compose(settings=settings)
    return Native(root=settings.home, user=settings.service_user, stop_timeout=settings.stop_timeout)


def prepare(names: Sequence[str], report: Report) -> Stack:
    """Return the stand, with everything that starting *names* needs: secrets, artifacts, archives, containers.

    *names* are all that is not optional by default. *report* gets a line for a person before anything that takes long.
    """
    wanted = credentials.ensure()
    settings = choice.settle(wanted)
    if settings.runtime == "compose" != wanted.runtime:
        report(f"{choice.hindrance()}: they run on Docker Compose")
    settings = offset.settle(settings, stack(settings), names, report)
    opened = create(settings, names, report)
    if settings.runtime == "compose":
        return opened
    if not names:
        artifacts.fetch(artifacts.DEFAULT, settings)  # all in one, with one bar
    if "alertmanager" in {s.name for s in opened.select(*names)} and not gobuild.find_existing(settings):
        report("first start on this machine: building Alertmanager from source takes about a minute")
        gobuild.alertmanager(settings)
    if missing := class_data.find_missing(opened.select(*names)):
        report(f"first start on this machine: building class-data archives for {', '.join(missing)}")
        class_data.build(settings, declare, missing)
    return opened


def create(settings: Settings, names: Sequence[str], report: Report) -> Stack:
    """Return the stand with containers for *names*, none of them started; natively there is nothing to create."""
    opened = stack(settings)
    if settings.runtime == "compose":
        from lakestand.stand.runtimes.compose import project  # noqa: PLC0415

        with lock(settings):  # two at once would both create the same
            project.create(settings, [s.name for s in opened.select(*names)], report)
    return opened


@contextmanager
def lock(settings: Settings) -> Iterator[Path]:
    """Hold the stand's lock for the length of a block, so that no two commands start or stop its services at once."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.state_dir / f"{settings.name}.lock", timeout=TURN_SECONDS):
        yield settings.home


def forget(settings: Settings, *, volumes: bool) -> None:
    """Forget how a stand that was taken down ran; with *volumes* delete the folder of all stands once it is empty."""
    settings.runtime_file.unlink(missing_ok=True)
    if volumes:
        settings.offset_file.unlink(missing_ok=True)
    if volumes and settings.state_dir.exists() and not any(p.is_dir() for p in settings.state_dir.iterdir()):
        shutil.rmtree(settings.state_dir)
