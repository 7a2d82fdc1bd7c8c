"""Large values that PostgreSQL did not log because they did not change (TOAST).

Debezium writes a placeholder for them: "Toasted values" in its PostgreSQL connector's documentation.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

TEXT = "__debezium_unavailable_value"
PLACEHOLDERS = (TEXT, TEXT.encode(), [TEXT], [TEXT.encode()])


def mend(
    before: pa.StructArray, after: pa.StructArray, key: tuple[str, ...]
) -> tuple[pa.StructArray, dict[str, list[int]]]:
    """*after* with an earlier event's value where a later one of the same key has the placeholder.

    What no event knows becomes null and is returned by column as row numbers: the table knows it.
    """
    affected = [f.name for f in after.type if _holds_placeholder(after.field(f.name))]
    if not affected:
        return after, {}
    rows, unknown = after.to_pylist(), {name: list[int]() for name in affected}
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number, (old, row) in enumerate(zip(before.to_pylist(), rows, strict=True)):
        if row is None:
            known[tuple(old[k] for k in key)] = {}
            continue
        latest = known.setdefault(tuple(row[k] for k in key), {})
        for name in affected:
            if row[name] not in PLACEHOLDERS:
                latest[name] = row[name]
            elif name in latest:
                row[name] = latest[name]
            else:
                row[name] = None
                unknown[name].append(number)
    return pa.array(rows, after.type), unknown


def _holds_placeholder(array: pa.Array) -> bool:
    if pa.types.is_list(array.type):
        array = array.flatten()
    if pa.types.is_string(array.type):
        return bool(pc.any(pc.equal(array, TEXT)).as_py())
    if pa.types.is_binary(array.type):
        return bool(pc.any(pc.equal(array, TEXT.encode())).as_py())
    return False
