"""What a session measured, in one form for all: samples with their unit, beside the machine they were taken on.

A record is a JSON file reports/records/<session>-<moment>.json; it is never changed, and the newest of each session
makes the report.
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
# Where records lie among the reports.
FOLDER = "records"


@dataclass(frozen=True, kw_only=True)
class Series:
    """One quantity, measured again and again: *samples* in *unit*, in the order in which they were taken."""

    name: str
    title: str
    unit: str
    samples: tuple[float, ...]

    def at(self, percentile: float) -> float:
        """That percentile; 50 is the median, 100 the greatest."""
        return float(np.percentile(self.samples, percentile))


@dataclass(frozen=True, kw_only=True)
class Record:
    """One session. *parameters* is what was asked for, *details* what no series holds.

    *missing* says of what was not measured why not; *failed* names what of that was tried.
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

    def named(self, name: str) -> Series | None:
        """The series of that name."""
        return next((s for s in self.series if s.name == name), None)


@dataclass
class Session:
    """A measurement that is being made; `record` ends it."""

    name: str
    command: str
    runtime: str = "native"
    machine: Machine = field(default_factory=inspect_machine)
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    _start: float = field(default_factory=time.monotonic)
    _samples: dict[str, tuple[str, str, list[float]]] = field(default_factory=dict)
    _failed: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, title: str, unit: str, *samples: float) -> None:
        """More samples of one series; a series without any is left out."""
        self._samples.setdefault(name, (title, unit, []))[2].extend(samples)

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """What fails in the block is missing from the record by *name*; the measurement goes on with what follows."""
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
        """What was measured."""
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
    """Write a new file; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    moment = record.began.replace(":", "").replace("-", "").partition("+")[0]
    path = folder / f"{record.session}-{moment}.json"
    path.write_bytes(orjson.dumps(asdict(record), option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))
    return path


def load(path: Path) -> Record:
    """Of a file; BadRecord for what is none, or one of another schema."""
    try:
        found = orjson.loads(path.read_bytes())
        if found["schema"] != SCHEMA:
            raise BadRecord(f"{path} has schema {found['schema']}, this version reads {SCHEMA}: measure again")
        series = tuple(Series(**(s | {"samples": tuple(s["samples"])})) for s in found["series"])
        read = {"machine": Machine(**found["machine"]), "series": series, "failed": tuple(found.get("failed", ()))}
        return Record(**(found | read))
    except (orjson.JSONDecodeError, KeyError, TypeError) as err:
        raise BadRecord(f"{path} is no record of a measurement ({err}): delete it, and measure again") from err


def history(session: str, folder: Path) -> Iterator[Record]:
    """All records of a session, oldest first."""
    return (load(path) for path in sorted(folder.glob(f"{session}-*.json")))


def latest(folder: Path) -> dict[str, Record]:
    """The newest record of every session that left one."""
    return {found.session: found for found in (load(path) for path in sorted(folder.glob("*-*.json")))}


def table(series: Sequence[Series]) -> list[dict[str, object]]:
    """A row a series: how many samples, least, p50, p95, p99 and greatest."""
    return [
        {
            "what": s.title,
            "unit": s.unit,
            "n": len(s.samples),
            "min": short(s.at(0)),
            **{f"p{p}": short(s.at(p)) for p in (50, 95, 99)},
            "max": short(s.at(100)),
        }
        for s in series
    ]


def short(value: float) -> float | int:
    """Three digits are as many as a measurement has."""
    return round(value) if abs(value) >= 100 else float(f"{value:.3g}")


def tables(found: Record) -> list[tuple[str, list[str], list[list[object]]]]:
    """Title, head and rows of every detail that is a list of rows; what a row lacks is a dash."""
    made = []
    for title, rows in found.details.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
            head = list(dict.fromkeys(name for row in rows for name in row))
            made.append((title, head, [[row.get(name, "-") for name in head] for row in rows]))
    return made
