"""How log records look and who sees them: lines for people, or JSON for machines. Only faces call `configure`.

Libraries log with `logging.getLogger(__name__)` and configure nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from collections.abc import Iterable

PACKAGE = "lakestand"
MASK = "***"
# What every record has; the rest of its attributes came by `extra`.
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


_hidden: set[str] = set()


def hide(texts: Iterable[str]) -> None:
    """Show *** instead of each of *texts* in every record from now on; the settings hide their secrets this way."""
    _hidden.update(text for text in texts if text)


def configure(level: str, *, verbose: bool = False, as_json: bool = False) -> None:
    """Write log records to standard error from now on, once however often this is called.

    Args:
        level: from which level on the package's records are seen; of other packages warnings and errors are.
        verbose: see the level INFO, and what is above it, at least.
        as_json: one JSON object a line, as `JsonLines` makes it, instead of `Lines`; as *verbose*.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, StandardError)]:
        root.removeHandler(handler)
    handler = StandardError()
    handler.setFormatter(JsonLines() if as_json else Lines())
    root.addHandler(handler)
    number = logging.getLevelNamesMapping()[level]
    logging.getLogger(PACKAGE).setLevel(min(number, logging.INFO) if verbose or as_json else number)


class StandardError(logging.Handler):
    """Writes to the standard error that the process has when a record is logged, whole lines at once."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:  # noqa: BLE001  logging's own way: a record that cannot be written ends no program
            self.handleError(record)


class Lines(logging.Formatter):
    """Lines for people: `warning: a text`, with a trace below it when an exception is logged."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with nothing in it that must be hidden."""
        return _mask(f"{record.levelname.lower()}: {super().format(record)}")


class JsonLines(logging.Formatter):
    """JSON for machines: time, level, logger and message, the record's `extra`, and the trace of an exception.

    >>> values = {"name": "lakestand.pipeline.jobs", "levelname": "INFO", "msg": "committed", "created": 0.0}
    >>> record = logging.makeLogRecord(values | {"table": "orders", "events": 3})
    >>> print(JsonLines().format(record))  # doctest: +NORMALIZE_WHITESPACE
    {"time": "1970-01-01T00:00:00.000+00:00", "level": "info", "logger": "lakestand.pipeline.jobs",
     "message": "committed", "table": "orders", "events": 3}
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the object on one line; what JSON does not know becomes a text."""
        time = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in STANDARD},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _mask(json.dumps(line, default=str))


def _mask(text: str) -> str:
    for secret in _hidden:
        text = text.replace(secret, MASK)
    return text
