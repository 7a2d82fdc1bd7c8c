"""Large values that PostgreSQL did not log because they did not change (TOAST).

Debezium writes a placeholder in their place, which differs by type: `decoding/unlogged.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.pipeline.decoding.unlogged import is_placeholder, may_have_placeholder
from lakestand.pipeline.event import Op

Key = tuple[Hashable, ...]


class Stored(NamedTuple):
    """A value that only the table knows, in its row of this key."""

    key: Key


@dataclass(frozen=True)
class Unlogged:
    """Values that no event here knows.

    Attributes:
        columns: by column, the numbers of the events whose value the table has.
        moved: by the numbers of events, the keys that their rows have in the table, where those are others.
    """

    columns: Mapping[str, Sequence[int]] = field(default_factory=dict)
    moved: Mapping[int, Key] = field(default_factory=dict)


def restore_unlogged(rows: pa.Table, after: pa.StructArray, key: tuple[str, ...]) -> tuple[pa.StructArray, Unlogged]:
    """Replace the placeholders in *after* by the values that earlier events of the same rows had.

    Returns *after* without placeholders, and the events whose value no earlier event knows; it is null in *after*, and
    the table knows it. With the key `id`, and `…` for the placeholder:

        op  id  large              large
        c   1   "long text"        "long text"
        u   1   …           →      "long text"
        u   2   …                  null             columns {"large": [2, 4]}
        d   2
        c   3   …                  null             moved {4: (2,)}

    A delete forgets a row's value: a row that comes back under the same key is another row. Only where a key was
    changed does a placeholder follow in a create: Debezium writes a delete and a create, one after the other.
    """
    affected = [f.name for f in after.type if may_have_placeholder(after.field(f.name))]
    if not affected:
        return after, Unlogged()
    before, ops = rows["before"].combine_chunks(), rows["op"].to_pylist()
    keys = [pc.coalesce(pc.struct_field(after, k), pc.struct_field(before, k)).to_pylist() for k in key]
    columns = {f.name: pc.struct_field(after, f.name) for f in after.type}
    unknown: dict[str, list[int]] = {}
    moved: dict[int, Key] = {}
    for name in affected:
        values, kind = columns[name].to_pylist(), columns[name].type
        places = _carry_forward(values, list(zip(*keys, strict=True)), ops, kind)
        unknown[name] = list(places)
        moved |= {number: place for number, place in places.items() if place != tuple(k[number] for k in keys)}
        columns[name] = pa.array(values, kind)
    restored = pa.StructArray.from_arrays(list(columns.values()), fields=list(after.type), mask=after.is_null())
    return restored, Unlogged(unknown, moved)


def _carry_forward(values: list[Any], keys: Sequence[Key], ops: Sequence[str], kind: pa.DataType) -> dict[int, Key]:
    """Replace the placeholders among *values* in place; returns where the table has those that are not known."""
    known: dict[Key, Any] = {}
    deleted: Any = None  # the value of the row that the event before deleted
    stored = {}
    for number, (key, op) in enumerate(zip(keys, ops, strict=True)):
        if op == Op.DELETE:
            deleted = known.pop(key, Stored(key))
            continue
        if is_placeholder(values[number], kind):
            values[number] = deleted if op == Op.CREATE and deleted is not None else known.get(key, Stored(key))
        known[key], deleted = values[number], None
        if isinstance(values[number], Stored):
            stored[number], values[number] = values[number].key, None
    return stored
