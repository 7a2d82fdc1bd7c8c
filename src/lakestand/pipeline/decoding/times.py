"""Dates and times as Debezium and Connect number them; what is beyond the years of a lake has a stand-in."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.lake import printing, texts
from lakestand.lake.standins import OnStandIns
from lakestand.pipeline.decoding.column import ColumnType, Dialect

Numbers = Callable[[pa.Array], pa.Array]
US, US_UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")


def time_type(name: str, dialect: Dialect) -> ColumnType | None:
    """Return the type of a column whose schema has *name*; None when that is no date or time."""
    if name in TIMES:
        return _time(TIMES[name], dialect)
    return _fitted(*NAMED[name], dialect) if name in NAMED else None


def _time(micros: Numbers, dialect: Dialect) -> ColumnType:
    """PostgreSQL's is a time of day; MySQL's runs from -838:59:59 to 838:59:59 and stays microseconds."""
    if dialect.mysql:
        return ColumnType(pa.int64(), pa.int64(), lambda array, _: micros(array))
    return _fitted(pa.int64(), pa.time64("us"), micros, dialect)


def _fitted(wire: pa.DataType, logical: pa.DataType, numbers: Numbers, dialect: Dialect) -> ColumnType:
    """A date or time that arrives as *numbers*, or as a text that is one."""
    if dialect.choice == "text" and not dialect.mysql:
        return ColumnType(wire, pa.string(), lambda array, _: printing.times(numbers(array), logical))

    def convert(array: pa.Array, on_stand_ins: OnStandIns) -> pa.Array:
        if pa.types.is_string(wire):
            return texts.parse(array, logical, dialect.choice, on_stand_ins)
        return texts.fit(numbers(array), logical, dialect.choice, on_stand_ins)

    return ColumnType(wire, logical, convert)


def _as_it_is(array: pa.Array) -> pa.Array:
    return array


def _from_milliseconds(array: pa.Array) -> pa.Array:
    return pc.multiply(array, 1000)


NAMED: dict[str, tuple[pa.DataType, pa.DataType, Numbers]] = {
    "io.debezium.time.Date": (pa.int32(), pa.date32(), _as_it_is),
    "org.apache.kafka.connect.data.Date": (pa.int32(), pa.date32(), _as_it_is),
    "io.debezium.time.Timestamp": (pa.int64(), US, _from_milliseconds),
    "org.apache.kafka.connect.data.Timestamp": (pa.int64(), US, _from_milliseconds),
    "io.debezium.time.MicroTimestamp": (pa.int64(), US, _as_it_is),
    "io.debezium.time.NanoTimestamp": (pa.int64(), US, lambda array: pc.divide(array, 1000)),
    "io.debezium.time.ZonedTimestamp": (pa.string(), US_UTC, _as_it_is),
}
TIMES: dict[str, Numbers] = {
    "io.debezium.time.Time": lambda array: pc.multiply(array.cast(pa.int64()), 1000),
    "org.apache.kafka.connect.data.Time": lambda array: pc.multiply(array.cast(pa.int64()), 1000),
    "io.debezium.time.MicroTime": lambda array: array,
    "io.debezium.time.NanoTime": lambda array: pc.divide(array, 1000),
}
