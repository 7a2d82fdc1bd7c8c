"""Large values that PostgreSQL did not log because they did not change (TOAST).

Debezium writes a placeholder in their place, which differs by type. See "Toasted values" in the documentation of
Debezium's PostgreSQL connector.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

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
LISTS = ([TEXT], [BYTES], [UUID], list(BYTES))


def restore_unlogged(
    before: pa.StructArray, after: pa.StructArray, key: tuple[str, ...]
) -> tuple[pa.StructArray, dict[str, list[int]]]:
    """Replace the placeholders in *after* by the values that earlier events of the same rows had.

    Returns *after* without placeholders, and by column the numbers of the events whose value no earlier event knows;
    it is null in *after*, and the table knows it. With the key `id`, and `…` for the placeholder:

        op  id  large              large
        c   1   "long text"        "long text"
        u   1   …           →      "long text"
        u   2   …                  null             {"large": [2]}

    A delete forgets a row's value: a row that comes back under the same key is another row.
    """
    affected = [f.name for f in after.type if _may_have_placeholder(after.field(f.name))]
    if not affected:
        return after, {}
    keys = [pc.coalesce(pc.struct_field(after, k), pc.struct_field(before, k)).to_pylist() for k in key]
    exists = after.is_valid().to_pylist()
    columns = {f.name: pc.struct_field(after, f.name) for f in after.type}
    unknown = {}
    for name in affected:
        values = columns[name].to_pylist()
        unknown[name] = _carry_forward(values, list(zip(*keys, strict=True)), exists)
        columns[name] = pa.array(values, columns[name].type)
    return pa.StructArray.from_arrays(list(columns.values()), fields=list(after.type), mask=after.is_null()), unknown


def _carry_forward(values: list[Any], keys: Sequence[Hashable], exists: Sequence[bool]) -> list[int]:
    """Replace the placeholders among *values* in place; returns the numbers of those whose value is not known.

    *exists* is whether the row exists after each event: a delete leaves none.
    """
    known: dict[Hashable, Any] = {}
    unknown = []
    for number, (key, row_exists) in enumerate(zip(keys, exists, strict=True)):
        if not row_exists:
            known.pop(key, None)
        elif not is_placeholder(values[number]):
            known[key] = values[number]
        elif key in known:
            values[number] = known[key]
        else:
            values[number] = None
            unknown.append(number)
    return unknown


def is_placeholder(value: object) -> bool:
    """Whether *value* is one of Debezium's placeholders for a value that was not logged."""
    if isinstance(value, dict):
        return value.get("wkb") in SHAPES
    return value in (LISTS if isinstance(value, list) else SCALARS)


def _may_have_placeholder(array: pa.Array) -> bool:
    """Whether a column may hold a placeholder: quick, sometimes wrongly true, never wrongly false."""
    kind = array.type
    if pa.types.is_struct(kind):
        return "wkb" in {f.name for f in kind} and _any_in(array.field("wkb"), list(SHAPES))
    if pa.types.is_list(kind) and pa.types.is_integer(kind.value_type):
        return bool(pc.any(pc.equal(pc.list_value_length(array), len(BYTES))).as_py())
    array = array.flatten() if pa.types.is_list(kind) else array
    if pa.types.is_string(array.type):
        return _any_in(array, [TEXT, UUID, HSTORE])
    return pa.types.is_binary(array.type) and _any_in(array, [BYTES])


def _any_in(array: pa.Array, values: list[Any]) -> bool:
    return bool(pc.any(pc.is_in(array, value_set=pa.array(values, array.type))).as_py())
