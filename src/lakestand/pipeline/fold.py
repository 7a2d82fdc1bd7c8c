"""Folding: many events become at most one upsert or delete per key.

Pure functions of Arrow columns, and idempotent under replay: any cut, any repetition gives the same table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.errors import IncompatibleSchema
from lakestand.lake.arrow import single_array
from lakestand.lake.table import Batch
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.event import Op
from lakestand.pipeline.toast import restore_unlogged

ORDER = "__lakestand_order"


def select_unseen(events: Events, position: int) -> pa.Table:
    """The rows of *events* whose offsets are *position* or higher: a table at that position holds the others."""
    if single_array(events.rows["offset"])[0].as_py() >= position:
        return events.rows
    return events.rows.filter(pc.greater_equal(events.rows["offset"], position))


def fold(events: Events, rows: pa.Table) -> Batch:
    """The net effect on a mirror of *rows*, which are some of *events*.

    Of each key the last event since the last truncate decides: a delete removes the key's row, any other event
    replaces it. With the key column `id`:

        op  before         after                      becomes
        c                  {id: 1, note: "a"}
        u                  {id: 1, note: "b"}         keys    [1, 2, 3]
        c                  {id: 2, note: "x"}         upserts [{id: 1, note: "b"}, {id: 3, note: unknown}]
        d   {id: 2}                                   unknown {"note": [1]}
        u                  {id: 3, note: unlogged}

    The update of row 3 did not log its large value, and no earlier event here knows it, so *unknown* names its place
    among the upserts: the table keeps what it has there, or in the row of another key that *moved* names.
    """
    truncates = pc.indices_nonzero(pc.equal(rows["op"], str(Op.TRUNCATE)))
    if len(truncates):
        rows = rows.slice(truncates[-1].as_py() + 1)
    op, before, after = (single_array(rows[name]) for name in ("op", "before", "after"))
    if not events.key:  # truncates alone: no other event of a table with a key is without it
        return Batch(truncate=True, keys=pa.table({}), upserts=struct_to_table(after.slice(0, 0)), unknown={})
    after, unlogged = restore_unlogged(rows, after, events.key)
    keys = pa.table({k: pc.coalesce(pc.struct_field(after, k), pc.struct_field(before, k)) for k in events.key})
    _check(keys, events)
    last = _last_of_each(keys)
    upserts = last.filter(pc.not_equal(op.take(last), str(Op.DELETE)))
    place = {number: i for i, number in enumerate(upserts.to_pylist())} if unlogged.columns else {}
    return Batch(
        truncate=len(truncates) > 0,
        keys=keys.take(last),
        upserts=struct_to_table(after.take(upserts)),
        unknown=_renumber(unlogged.columns, place),
        moved={place[number]: key for number, key in unlogged.moved.items() if number in place},
    )


def _check(keys: pa.Table, events: Events) -> None:
    """Raise IncompatibleSchema when a key has a null: it does not tell its row from others."""
    if empty := [name for name in keys.column_names if keys[name].null_count]:
        raise IncompatibleSchema(
            f"{events.table}: change events have no value of {', '.join(empty)} in their key, which tells no rows "
            "apart: nothing was written. Give the table a primary key, and its replica identity that index"
        )


def _last_of_each(keys: pa.Table) -> pa.Array:
    """The number of the last row of every different key, ascending."""
    order = pa.array(range(keys.num_rows), pa.int64())
    last = keys.append_column(ORDER, order).group_by(keys.column_names).aggregate([(ORDER, "max")])
    return single_array(last[f"{ORDER}_max"]).sort()


def _renumber(unknown: Mapping[str, Sequence[int]], place: Mapping[int, int]) -> dict[str, list[int]]:
    """*unknown* with row numbers of the upserts, whose *place* is known by the numbers of their events."""
    renumbered = {name: [place[n] for n in numbers if n in place] for name, numbers in unknown.items()}
    return {name: numbers for name, numbers in renumbered.items() if numbers}


def struct_to_table(rows: pa.StructArray) -> pa.Table:
    """A table whose columns are the fields of *rows*."""
    fields = list(rows.type)
    return pa.Table.from_arrays([rows.field(i) for i in range(len(fields))], schema=pa.schema(fields))


def has_only_truncates(events: Events) -> bool:
    """Whether every one of *events* empties the table."""
    return bool(pc.all(pc.equal(events.rows["op"], str(Op.TRUNCATE))).as_py())
