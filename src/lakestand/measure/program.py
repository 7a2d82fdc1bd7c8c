"""How a measurement begins and ends: the command that repeats it, a table, a record, and one message when it fails."""

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
    """A new measurement of the stand that *settings* describe. Each runtime's records are a session of their own."""
    how = runtime(settings)
    command = f"nox -s {name}" + (f" -- {options}" if options else "")
    own = name if how == "native" else f"{name}.{how}"
    return Session(name=own, command=command if how == "native" else f"LAKESTAND_RUNTIME={how} {command}", runtime=how)


def runtime(settings: Settings) -> str:
    """How the stand's services are run."""
    return "native" if isinstance(checkout.stack(settings).runtime, Native) else "compose"


def run(measure: Callable[[Settings], Record], *names: str) -> int:
    """Measure on a stand whose *names* (default: all that is not optional) are prepared; 1 when something failed."""
    try:
        checkout.prepared(names, report_progress)
        settings = Settings.load()
        found = measure(settings)
    except LakestandError as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    show(found)
    report_progress(f"kept in {record.save(found, settings.reports_dir / record.FOLDER)}")
    return 1 if found.failed else 0


def show(found: Record) -> None:
    """Its series and its other tables, and what is missing."""
    if rows := record.table(found.series):
        view.show(f"{found.command}: {found.machine}", list(rows[0]), [list(r.values()) for r in rows])
    for title, head, cells in record.tables(found):
        view.show(title, head, cells)
    for name, reason in found.missing.items():
        report_progress(f"{'FAILED' if name in found.failed else 'not measured'}: {name}: {reason}")


def report_progress(text: str) -> None:
    """A line about what is done, on stderr: stdout is for the result."""
    print(text, file=sys.stderr, flush=True)
