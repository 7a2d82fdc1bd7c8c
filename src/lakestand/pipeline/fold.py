"""Folding: many events → at most one upsert or delete a key. Pure, and idempotent under replay."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.lake.arrow import single_array
from lakestand.lake.table import Batch
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.event import Op
from lakestand.pipeline.toast import restore_unlogged

ORDER = "__order"


def select_unseen(events: Events, position: int) -> pa.Table:
    """The events that a table does not hold yet: replayed ones lie below its *position*."""
    if single_array(events.rows["offset"])[0].as_py() >= position:
        return events.rows
    return events.rows.filter(pc.greater_equal(events.rows["offset"], position))


def fold(events: Events, rows: pa.Table) -> Batch:
    """The net effect of *rows*, some of *events*, on a mirror."""
    truncates = pc.indices_nonzero(pc.equal(rows["op"], str(Op.TRUNCATE)))
    if len(truncates):
        rows = rows.slice(truncates[-1].as_py() + 1)
    op, before, after = (single_array(rows[name]) for name in ("op", "before", "after"))
    if not events.key:  # truncates alone: no other event of a table with a key is without it
        return Batch(truncate=True, keys=pa.table({}), upserts=struct_to_table(after.slice(0, 0)), unknown={})
    after, unknown = restore_unlogged(before, after, events.key)
    keys = pa.table({k: pc.coalesce(pc.struct_field(after, k), pc.struct_field(before, k)) for k in events.key})
    order = pa.array(range(rows.num_rows), pa.int64())
    last = keys.append_column(ORDER, order).group_by(list(events.key)).aggregate([(ORDER, "max")])
    chosen = single_array(last[f"{ORDER}_max"]).sort()
    living = chosen.filter(pc.not_equal(op.take(chosen), str(Op.DELETE)))
    place = {number: i for i, number in enumerate(living.to_pylist())} if unknown else {}
    return Batch(
        truncate=len(truncates) > 0,
        keys=keys.take(chosen),
        upserts=struct_to_table(after.take(living)),
        unknown={name: found for name, at in unknown.items() if (found := [place[n] for n in at if n in place])},
    )


def struct_to_table(rows: pa.StructArray) -> pa.Table:
    """A struct's fields as a table's columns."""
    fields = list(rows.type)
    return pa.Table.from_arrays([rows.field(i) for i in range(len(fields))], schema=pa.schema(fields))
