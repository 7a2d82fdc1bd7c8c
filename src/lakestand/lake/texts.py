"""Values as PostgreSQL prints them, made columns: arrays that come from its log, and rows that a query returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.lake import standins
from lakestand.lake.standins import Choice, OnStandIns

BEYOND = re.compile(r"-?infinity$|.* BC$|\+?\d{5,}-|-\d|24:")
SPECIAL = pa.array(["NaN", "Infinity", "-Infinity"])
TRUE = pa.array(["t", "true", "1"])
# An element of an array in quotes, or one without.
ELEMENT = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^",{}]+)', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
BOUNDS = re.compile(r"^(\[-?\d+:-?\d+\])+=")


def parse(texts: pa.Array, to: pa.DataType, choice: Choice, on_stand_ins: OnStandIns) -> pa.Array:
    r"""Return an array of *texts* as the type *to*; what it cannot hold has a stand-in, and is counted.

    >>> parse(pa.array(["infinity", "2020-02-02"]), pa.date32(), "stand-in", print).to_pylist()
    infinity 1
    [datetime.date(9999, 12, 31), datetime.date(2020, 2, 2)]
    """
    if texts.type == to:
        return texts
    for is_kind, parse_kind in KINDS:
        if is_kind(to):
            return parse_kind(texts, to, choice, on_stand_ins)
    return texts.cast(to)


def _binaries(texts: pa.Array, to: pa.DataType, _: Choice, _on: OnStandIns) -> pa.Array:
    return pa.array([None if text is None else bytes.fromhex(text[2:]) for text in texts.to_pylist()], to)


def _flags(texts: pa.Array, to: pa.DataType, _: Choice, _on: OnStandIns) -> pa.Array:
    return pc.if_else(pc.is_valid(texts), pc.is_in(texts, value_set=TRUE), pa.scalar(None, to))


def _integers(texts: pa.Array, to: pa.DataType, choice: Choice, on_stand_ins: OnStandIns) -> pa.Array:
    try:
        return texts.cast(to)
    except pa.ArrowInvalid:  # a format without times of day has microseconds
        return _times(texts, pa.time64("us"), choice, on_stand_ins).cast(to)


def _decimals(texts: pa.Array, to: pa.DataType, _: Choice, on_stand_ins: OnStandIns) -> pa.Array:
    """Decimals; a decimal has neither NaN nor an infinity, and null alone does not spoil a sum."""
    try:
        return texts.cast(to)
    except pa.ArrowInvalid:
        special = pc.is_in(texts, value_set=SPECIAL)
        if count := pc.sum(special).as_py():
            on_stand_ins(standins.NOT_A_NUMBER, count)
        return pc.if_else(special, pa.scalar(None, pa.string()), texts).cast(to)


def _times(texts: pa.Array, to: pa.DataType, choice: Choice, on_stand_ins: OnStandIns) -> pa.Array:
    try:
        parsed = _time_of_day(texts) if pa.types.is_time(to) else texts.cast(to)
    except pa.ArrowInvalid:
        coded = texts.dictionary_encode()
        numbers = [None if text is None else _number(text, to) for text in coded.dictionary.to_pylist()]
        array = pa.array(numbers, pa.int64()).take(coded.indices)
        return fit(array.cast(pa.int32()) if pa.types.is_date(to) else array, to, choice, on_stand_ins)
    return fit(parsed.cast(pa.int32() if pa.types.is_date(to) else pa.int64()), to, choice, on_stand_ins)


def fit(numbers: pa.Array, to: pa.DataType, choice: Choice, on_stand_ins: OnStandIns) -> pa.Array:
    """Return days (int32) or microseconds (int64) as the date, timestamp or time of day *to*."""
    if pa.types.is_date(to):
        return standins.DAYS.fit(numbers, choice, on_stand_ins).cast(to)
    limits = standins.TIME_OF_DAY if pa.types.is_time(to) else standins.MICROSECONDS
    return limits.fit(numbers, choice, on_stand_ins).cast(to)


def _number(text: str, to: pa.DataType) -> int:
    """The number of a text that Arrow may not read: beyond the years 1 to 9999 any number that is beyond them."""
    date = pa.types.is_date(to)
    least, greatest = (-(2**31), 2**31 - 1) if date else (-(2**63), 2**63 - 1)
    if text in (standins.INFINITY, standins.NEGATIVE_INFINITY):
        return least if text.startswith("-") else greatest
    if text.startswith("24:"):
        return standins.MIDNIGHT
    if BEYOND.match(text):
        return least + 1 if text.endswith(" BC") or text.startswith("-") else greatest - 1
    array = pa.array([text])
    numbers = _time_of_day(array) if pa.types.is_time(to) else array.cast(to)
    return int(numbers.cast(pa.int32() if date else pa.int64())[0].as_py())


def _time_of_day(texts: pa.Array) -> pa.Array:
    """Return times as moments of the first day: Arrow casts no text to a time."""
    return pc.binary_join_element_wise("1970-01-01", texts, " ").cast(pa.timestamp("us"))


def _lists(texts: pa.Array, to: pa.DataType, choice: Choice, on_stand_ins: OnStandIns) -> pa.Array:
    """Lists; of an array of more dimensions the stand-in has all elements, as PostgreSQL's unnest returns them."""
    written = texts.to_pylist()
    rows = [None if text is None else elements(text) for text in written]
    if nested := [n for n, text in enumerate(written) if text is not None and is_nested(text)]:
        on_stand_ins(standins.MANY_DIMENSIONS, len(nested))
        for number in nested if choice == "null" else ():
            rows[number] = None
    leaves = pa.array(rows, pa.list_(pa.string()))
    values = parse(leaves.values, to.value_type, choice, on_stand_ins)
    return pa.ListArray.from_arrays(leaves.offsets, values, type=to, mask=leaves.is_null())


def is_nested(text: str) -> bool:
    """Return whether an array has more than one dimension."""
    return BOUNDS.sub("", text).startswith("{{")


@lru_cache(maxsize=1024)
def elements(text: str) -> Sequence[str | None]:
    """Return the elements of an array as texts, those of all dimensions in one row.

    >>> elements('{1,NULL,"a,b"}')
    ['1', None, 'a,b']
    >>> elements("[0:1][1:1]={{1},{2}}")
    ['1', '2']
    """
    body = BOUNDS.sub("", text)
    if '"' not in body and not body.startswith("{{") and body != "{}":
        return [None if part == "NULL" else part for part in body[1:-1].split(",")]
    return [_element(match) for match in ELEMENT.finditer(body)]


def _element(match: re.Match[str]) -> str | None:
    if match["quoted"] is not None:
        return ESCAPED.sub(r"\1", match["quoted"])
    return None if match["plain"] == "NULL" else match["plain"]


KINDS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array, pa.DataType, Choice, OnStandIns], pa.Array]], ...]
KINDS = (
    (pa.types.is_list, _lists),
    (pa.types.is_binary, _binaries),
    (pa.types.is_boolean, _flags),
    (pa.types.is_decimal, _decimals),
    (pa.types.is_temporal, _times),
    (pa.types.is_int64, _integers),
)
