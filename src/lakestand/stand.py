"""The stand of this checkout: settings, services and runtime put together."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from lakestand import archives, artifacts, credentials
from lakestand.artifacts import gobuild
from lakestand.errors import BadSetting
from lakestand.runtimes.native import Native
from lakestand.services import declare
from lakestand.settings import Settings
from lakestand.stack import Stack

Say = Callable[[str], None]

# How long one `up` or `down` waits for another of the same stand.
TURN_SECONDS = 300


def stack(settings: Settings) -> Stack:
    """All services of *settings* on the runtime that it names."""
    if settings.runtime == "compose":
        raise BadSetting("LAKESTAND_RUNTIME=compose is not built yet: leave it out, services run natively")
    native = Native(root=settings.home, user=settings.service_user, stop_timeout=settings.stop_timeout)
    return Stack(services=declare(settings), runtime=native, start_timeout=settings.start_timeout)


def prepared(names: Sequence[str], say: Say) -> Stack:
    """The stand with secrets made, and what *names* (default: all that is not optional) need built once."""
    settings = credentials.ensure()
    made = stack(settings)
    if not names:
        artifacts.fetch(artifacts.DEFAULT, settings)  # all in one, with one bar
    if "alertmanager" in {s.name for s in made.chosen(*names)} and not gobuild.existing(settings):
        say("first start on this machine: building Alertmanager from source takes about a minute")
        gobuild.alertmanager(settings)
    if missing := archives.missing(made.chosen(*names)):
        say(f"first start on this machine: building class-data archives for {', '.join(missing)}")
        archives.build(settings, declare, missing)
    return made


@contextmanager
def turn(settings: Settings) -> Iterator[Path]:
    """Hold the stand's lock: two commands never start or stop the same services at once."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.state_dir / f"{settings.name}.lock", timeout=TURN_SECONDS):
        yield settings.home


def tidy(settings: Settings) -> None:
    """Remove the folder of all stands when the last one is gone."""
    if settings.state_dir.exists() and not any(p.is_dir() for p in settings.state_dir.iterdir()):
        shutil.rmtree(settings.state_dir)
