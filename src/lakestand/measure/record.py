"""Records: what a session measured, as samples with their unit, and the machine that they were taken on.

A record is a JSON file, reports/records/<session>-<moment>.json. It is never changed; the report is made from the
newest of each session.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from confluent_kafka import KafkaException

from lakestand.errors import BadRecord, LakestandError
from lakestand.measure.machine import Machine, inspect_machine

SCHEMA = 1
# The folder of records inside the folder of reports.
FOLDER = "records"


@dataclass(frozen=True, kw_only=True)
class Series:
    """One quantity, measured again and again: *samples* in *unit*, in the order in which they were taken."""

    name: str
    title: str
    unit: str
    samples: tuple[float, ...]

    def at(self, percentile: float) -> float:
        """Return a percentile of the samples, 0 to 100: 50 is the median, 100 the greatest."""
        return float(np.percentile(self.samples, percentile))


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one session measured.

    Attributes:
        session: the name of the Nox session, with ".compose" behind it where services ran on Docker Compose.
        command: what measures the same again.
        began: the moment as ISO 8601.
        seconds: how long the session took.
        machine: the machine it ran on.
        runtime: native or compose.
        series: what was measured, again and again.
        parameters: the options of the command.
        details: tables and values that are no series, by their titles.
        missing: what was not measured, by name, with the reason.
        failed: the names of those that were tried, and failed.
        schema: changes when a field does.
    """

    session: str
    command: str
    began: str
    seconds: float
    machine: Machine
    runtime: str
    series: tuple[Series, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    schema: int = SCHEMA

    def find(self, name: str) -> Series | None:
        """Return the series called *name*; None when it was not measured."""
        return next((series for series in self.series if series.name == name), None)


@dataclass
class Session:
    """A measurement that is being made: collects samples until `record` returns them all."""

    name: str
    command: str
    runtime: str = "native"
    machine: Machine = field(default_factory=inspect_machine)
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    _start: float = field(default_factory=time.monotonic)
    _samples: dict[str, tuple[str, str, list[float]]] = field(default_factory=dict)
    _failed: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, title: str, unit: str, *samples: float) -> None:
        """Add samples to the series called *name*; the record leaves out a series that has none."""
        self._samples.setdefault(name, (title, unit, []))[2].extend(samples)

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Go on when the block fails: the record calls it *name*, missing and failed, with its error as the reason."""
        try:
            yield
        except (LakestandError, KafkaException, OSError) as err:
            self._failed[name] = str(err) or type(err).__name__

    def record(
        self,
        parameters: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
        missing: Mapping[str, str] | None = None,
    ) -> Record:
        """Return what was measured until now as a record; the arguments are its fields of these names."""
        series = [
            Series(name=name, title=title, unit=unit, samples=tuple(samples))
            for name, (title, unit, samples) in self._samples.items()
            if samples
        ]
        return Record(
            session=self.name,
            command=self.command,
            began=self.began,
            seconds=round(time.monotonic() - self._start, 1),
            machine=self.machine,
            runtime=self.runtime,
            series=tuple(series),
            parameters=parameters or {},
            details=details or {},
            missing={**(missing or {}), **self._failed},
            failed=tuple(self._failed),
        )


def save(record: Record, folder: Path) -> Path:
    """Write *record* to a new file in *folder*, which is created if need be, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    moment = record.began.replace(":", "").replace("-", "").partition("+")[0]
    path = folder / f"{record.session}-{moment}.json"
    path.write_bytes(orjson.dumps(asdict(record), option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))
    return path


def load(path: Path) -> Record:
    """Return the record in the file *path*; BadRecord when it holds none, or one of another schema."""
    try:
        fields = orjson.loads(path.read_bytes())
        if fields["schema"] != SCHEMA:
            raise BadRecord(f"{path} has schema {fields['schema']}, this version reads {SCHEMA}: measure again")
        fields["machine"] = Machine(**fields["machine"])
        fields["series"] = tuple(Series(**(s | {"samples": tuple(s["samples"])})) for s in fields["series"])
        fields["failed"] = tuple(fields.get("failed", ()))
        return Record(**fields)
    except (orjson.JSONDecodeError, KeyError, TypeError) as err:
        raise BadRecord(f"{path} is no record of a measurement ({err}): delete it, and measure again") from err


def load_all(session: str, folder: Path) -> Iterator[Record]:
    """Yield all records of a session, oldest first."""
    return (load(path) for path in sorted(folder.glob(f"{session}-*.json")))


def load_latest(folder: Path) -> dict[str, Record]:
    """Return the newest record of every session, by the session's name."""
    return {record.session: record for record in (load(path) for path in sorted(folder.glob("*-*.json")))}


def series_table(series: Sequence[Series]) -> list[dict[str, object]]:
    """Return a row for each series: its title and unit, how many samples, least, p50, p95, p99 and greatest."""
    return [
        {
            "what": s.title,
            "unit": s.unit,
            "n": len(s.samples),
            "min": round_digits(s.at(0)),
            **{f"p{p}": round_digits(s.at(p)) for p in (50, 95, 99)},
            "max": round_digits(s.at(100)),
        }
        for s in series
    ]


def round_digits(value: float) -> float | int:
    """Return *value* as a whole number from 100 on, else with three digits: a measurement is not more exact."""
    return round(value) if abs(value) >= 100 else float(f"{value:.3g}")


def detail_tables(record: Record) -> list[tuple[str, list[str], list[list[object]]]]:
    """Return title, head and rows of every detail that is a list of rows; a cell that a row lacks is a dash."""
    tables = []
    for title, rows in record.details.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
            head = list(dict.fromkeys(name for row in rows for name in row))
            tables.append((title, head, [[row.get(name, "-") for name in head] for row in rows]))
    return tables
