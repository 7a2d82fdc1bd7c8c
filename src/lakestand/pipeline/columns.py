"""Columns that events and their table do not have alike: cast, set aside, or new with values that no event tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

import pyarrow as pa

from lakestand.lake.arrow import conform
from lakestand.lake.names import TableName
from lakestand.pipeline.decoding.decoder import Events


def named_columns(options: Sequence[str], table: TableName) -> set[str]:
    """Return the columns of *table* that *options* like table.column or schema.table.column name.

    >>> sorted(named_columns(["orders.id", "public.orders.note", "items.id"], TableName("public", "orders")))
    ['id', 'note']
    """
    prefixes = (f"{table.table}.", f"{table}.")
    return {option.removeprefix(prefix) for prefix in prefixes for option in options if option.startswith(prefix)}


def cast_columns(events: Events, columns: Mapping[str, pa.DataType]) -> Events:
    """*events* with the named *columns* cast to those types; ArrowInvalid when that would change a value."""
    row = pa.struct([(f.name, columns.get(f.name, f.type)) for f in events.row])
    if row == events.row:
        return events
    schema = pa.schema([f.with_type(row) if f.name in {"before", "after"} else f for f in events.rows.schema])
    return replace(events, row=row, rows=conform(events.rows, schema))


def unknown_columns(present: Sequence[str], names: Sequence[str], filled: Collection[str]) -> list[str]:
    """Return those of *names* that are new to a mirror with the columns *present*, and may not be null in old rows.

    >>> unknown_columns(["id", "note"], ["id", "note", "price"], {"price"})
    ['price']
    >>> unknown_columns(["id", "note"], ["id", "note", "price"], set()), unknown_columns(["id", "a"], ["id", "b"], ())
    ([], ['b'])

    A database that adds a column with a default gives it to the rows that exist, and one that renames a column keeps
    its values; neither is an event. A column that is added beside one that is gone may have been renamed.
    """
    is_renamed = bool(set(present) - set(names))
    return [name for name in names if name not in present and (is_renamed or name in filled)]


def set_aside(columns: Collection[str], present: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each of *columns* with a name that is free among those *present*.

    >>> list(set_aside(["note"], ["id", "note", "note__1"]))
    [('note', 'note__2')]
    """
    for column in columns:
        if column in present:
            yield column, next(name for n in count(1) if (name := f"{column}__{n}") not in present)
