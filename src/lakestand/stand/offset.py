"""A stand whose ports are taken moves by itself: all its ports become higher by an offset, which it remembers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lakestand.settings import Settings, atomic
from lakestand.stand.runtimes.ports import explain_taken, free_offset
from lakestand.stand.services import declare
from lakestand.stand.stack import Stack


def settle(settings: Settings, stack: Stack, names: Sequence[str], report: Callable[[str], None]) -> Settings:
    """Return *settings* with free ports for *names* and all others, and remember the offset beside the stand's folder.

    Nothing is moved when somebody gave an offset or a port, or while a service of the stand runs: its ports are taken
    by itself. *report* gets a line for a person when the ports have moved.
    """
    if settings.has_given_ports or any(map(stack.runtime.running, stack.services.values())):
        return settings
    taken = explain_taken(port for service in stack.select(*names) for port in service.ports)
    if not taken:
        return settings
    ports = [port for service in declare(settings).values() for port in service.ports]
    offset = settings.port_offset + free_offset(ports)
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    atomic.write_text(settings.offset_file, str(offset))
    why = taken.partition(";")[0]
    report(f"{why}: the ports of this stand are {offset} higher, from now on; invoke env prints them")
    return settings.model_copy(update={"port_offset": offset})
