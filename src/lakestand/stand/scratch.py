"""A throw-away stand on free ports and with fresh data, for what is built once on a machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand.runtimes.native import Native
from lakestand.stand.runtimes.ports import free_offset
from lakestand.stand.service import Service
from lakestand.stand.stack import Stack

# A JVM writes its archive at exit: on a busy machine a large one takes a while.
EXIT_SECONDS = 60.0
# Once on a machine, and beside whatever else it does.
START_SECONDS = 600.0


@contextmanager
def stand(
    settings: Settings, folder: Path, declare: Callable[[Settings], dict[str, Service]], *names: str
) -> Iterator[Settings]:
    """Run *names* and what they need as native processes below *folder* for the length of a block, then remove them.

    *declare* makes the service table of given settings. Yields the settings of the throw-away stand.
    """
    moved = _elsewhere(settings.model_copy(update={"name": f"training-{os.getpid()}", "state_dir": folder}))
    native = Native(root=moved.home, user=settings.service_user, stop_timeout=EXIT_SECONDS)
    stack = Stack(services=declare(moved), runtime=native, start_timeout=START_SECONDS)
    try:
        stack.up(*names)
        yield moved
    finally:
        stack.down()
        shutil.rmtree(moved.home, ignore_errors=True)


def _elsewhere(settings: Settings) -> Settings:
    offset = settings.port_offset + free_offset(settings.ports().values())
    return settings.model_copy(update={"port_offset": offset})
