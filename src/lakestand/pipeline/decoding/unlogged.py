"""The placeholders of large values that PostgreSQL did not log because they did not change (TOAST).

They differ by type. See "Toasted values" in the documentation of Debezium's PostgreSQL connector; those of lists are
ours, and include Debezium's.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.lake import texts
from lakestand.lake.standins import Choice, OnStandIns

TEXT = "__debezium_unavailable_value"
BYTES = TEXT.encode()
UUID = "b68a35a7-17ad-35b3-af2a-ae46edb4545a"  # made of TEXT, a UUID of version 3
HSTORE = f'{{"{TEXT}":"{TEXT}"}}'
# The well-known binary of points that nobody uses: (-99999999, -99999999), and (179.999999, 89.999999) on the globe.
SHAPES = {
    bytes.fromhex("0101000020E6100000000000FC83D797C1000000FC83D797C1"),
    bytes.fromhex("0101000020E61000000C21E7FDFF7F66401842CEFBFF7F5640"),
}
SCALARS = (TEXT, BYTES, HSTORE)
LISTS = ([TEXT], [BYTES], [UUID])


def parse_lists(array: pa.Array, to: pa.ListType, choice: Choice, on_stand_ins: OnStandIns) -> pa.Array:
    """Return arrays of PostgreSQL as it prints them as lists; a placeholder becomes the one of its type."""
    unlogged = pc.equal(array, TEXT)
    if not pc.any(unlogged).as_py():
        return texts.parse(array, to, choice, on_stand_ins)
    logged = texts.parse(pc.if_else(unlogged, pa.scalar(None, pa.string()), array), to, choice, on_stand_ins)
    both = pa.concat_arrays([logged, pa.array([placeholder(to)], to)])
    return both.take(pc.if_else(unlogged, len(array), pa.array(range(len(array)), pa.int64())))


def placeholder(kind: pa.ListType) -> list[Any]:
    """Return the placeholder of a list: a text, or the numbers that are its bytes in the type of the elements."""
    return list(_placeholder(kind))


@cache
def _placeholder(kind: pa.ListType) -> tuple[Any, ...]:
    item = kind.value_type
    if pa.types.is_string(item) or pa.types.is_binary(item):
        return (TEXT if pa.types.is_string(item) else BYTES,)
    if pa.types.is_boolean(item):
        return tuple(bool(byte >> bit & 1) for byte in BYTES for bit in range(8))
    numbers = pa.array(BYTES, pa.int64())
    if pa.types.is_decimal(item):
        numbers = pa.array([byte % 10**item.precision for byte in BYTES], pa.int64())
        whole = numbers.cast(pa.decimal128(38, 0)).to_pylist()
        return tuple(number.scaleb(-item.scale) for number in whole)
    if pa.types.is_date(item):
        numbers = numbers.cast(pa.int32())
    return tuple(numbers.cast(item).to_pylist())


def is_placeholder(value: object, kind: pa.DataType) -> bool:
    """Whether *value* of a column of the type *kind* is the placeholder for a value that was not logged."""
    if isinstance(value, dict):
        return value.get("wkb") in SHAPES
    if isinstance(value, list):
        return value in LISTS or tuple(value) == _placeholder(kind)
    return value in SCALARS


def may_have_placeholder(array: pa.Array) -> bool:
    """Whether a column may hold a placeholder: quick, sometimes wrongly true, never wrongly false."""
    kind = array.type
    if pa.types.is_struct(kind):
        return "wkb" in {f.name for f in kind} and _any_in(array.field("wkb"), list(SHAPES))
    if pa.types.is_list(kind) and not (pa.types.is_string(kind.value_type) or pa.types.is_binary(kind.value_type)):
        return bool(pc.any(pc.equal(pc.list_value_length(array), len(_placeholder(kind)))).as_py())
    array = array.flatten() if pa.types.is_list(kind) else array
    if pa.types.is_string(array.type):
        return _any_in(array, [TEXT, UUID, HSTORE])
    return pa.types.is_binary(array.type) and _any_in(array, [BYTES])


def _any_in(array: pa.Array, values: list[Any]) -> bool:
    return bool(pc.any(pc.is_in(array, value_set=pa.array(values, array.type))).as_py())
