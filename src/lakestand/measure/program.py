"""How a measuring program begins and ends: the command that repeats it, tables, a record, one message if it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable

from lakestand import view
from lakestand.errors import LakestandError
from lakestand.measure import record
from lakestand.measure.record import Record, Session
from lakestand.settings import Settings
from lakestand.stand import checkout
from lakestand.stand.runtimes.native import Native


def new_session(name: str, settings: Settings, options: str = "") -> Session:
    """Return an empty measurement of the stand that *settings* describe; `nox -s NAME -- OPTIONS` repeats it.

    A measurement on Docker Compose has ".compose" behind its name, so that each runtime keeps its own records.
    """
    runtime = runtime_name(settings)
    command = f"nox -s {name}" + (f" -- {options}" if options else "")
    if runtime == "native":
        return Session(name=name, command=command, runtime=runtime)
    return Session(name=f"{name}.{runtime}", command=f"LAKESTAND_RUNTIME={runtime} {command}", runtime=runtime)


def runtime_name(settings: Settings) -> str:
    """Return how the stand's services are run: native or compose."""
    return "native" if isinstance(checkout.stack(settings).runtime, Native) else "compose"


def run(measure: Callable[[Settings], Record], *services: str) -> int:
    """Prepare *services* (all that are not optional by default), measure, print and save the record.

    Returns the exit code: 0, or 1 when a part of the measurement failed.
    """
    try:
        checkout.prepare(services, report_progress)
        settings = Settings.load()
        measured = measure(settings)
    except LakestandError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    show(measured)
    report_progress(f"kept in {record.save(measured, settings.reports_dir / record.FOLDER)}")
    return 1 if measured.failed else 0


def show(measured: Record) -> None:
    """Print a record's series and its other tables, and what is missing from it with the reason."""
    if rows := record.series_table(measured.series):
        view.show(f"{measured.command}: {measured.machine}", list(rows[0]), [list(row.values()) for row in rows])
    for title, head, cells in record.detail_tables(measured):
        view.show(title, head, cells)
    for name, reason in measured.missing.items():
        report_progress(f"{'FAILED' if name in measured.failed else 'not measured'}: {name}: {reason}")


def report_progress(text: str) -> None:
    """Print a line about what is being done to stderr, for stdout holds the result."""
    print(text, file=sys.stderr, flush=True)
