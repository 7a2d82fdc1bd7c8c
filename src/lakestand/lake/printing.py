"""Dates and times as PostgreSQL prints them: for columns that are text because no other type holds all their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from lakestand.lake import standins

ENDS = {2**31 - 1: standins.INFINITY, -(2**31): standins.NEGATIVE_INFINITY}
LONG_ENDS = {2**63 - 1: standins.INFINITY, -(2**63): standins.NEGATIVE_INFINITY}
SECOND = 1_000_000


def times(numbers: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return days, microseconds or ISO texts of the type *kind* as texts.

    >>> times(pa.array([2**31 - 1, 0, -720000], pa.int32()), pa.date32()).to_pylist()
    ['infinity', '1970-01-01', '0003-09-16 BC']
    """
    if pa.types.is_string(numbers.type):
        return _rewrite(numbers, _from_iso)
    if pa.types.is_date(kind):
        return _rewrite(numbers, _day)
    return _rewrite(numbers, _time if pa.types.is_time(kind) else _moment)


def _rewrite(array: pa.Array, write: Callable[[Any], str]) -> pa.Array:
    coded = array.dictionary_encode()
    words = [None if value is None else write(value) for value in coded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(coded.indices)


def _day(days: int) -> str:
    return ENDS.get(days) or _era(str(np.datetime64(days, "D")), "")


def _moment(micros: int) -> str:
    if micros in LONG_ENDS:
        return LONG_ENDS[micros]
    day, _, time = str(np.datetime64(micros, "us")).partition("T")
    return _era(day, f" {_short(time)}")


def _era(day: str, rest: str) -> str:
    year, month, number = day.removeprefix("-").split("-")
    before = day.startswith("-") or int(year) == 0
    return f"{int(year) + 1 if before else int(year):04}-{month}-{number}{rest}{' BC' if before else ''}"


def _time(micros: int) -> str:
    seconds, part = divmod(micros, SECOND)
    return _short(f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{part:06}")


def _short(time: str) -> str:
    return time.rstrip("0").rstrip(".") if "." in time else time


def _from_iso(text: str) -> str:
    """PostgreSQL's text of a moment in UTC as Debezium writes it: 2020-01-01T00:00:00.000000Z."""
    if "T" not in text:
        return text
    day, _, time = text.removeprefix("+").rstrip("Z").partition("T")
    return _era(day, f" {_short(time)}+00")
