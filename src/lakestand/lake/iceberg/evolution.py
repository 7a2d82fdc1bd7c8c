"""Schema evolution: all changes of a request in one commit, or none of them when one is not possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyiceberg.exceptions import ResolveError, ValidationError
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.update.schema import UpdateSchema
from pyiceberg.types import IcebergType

from lakestand.errors import IncompatibleSchema, TableError
from lakestand.lake.iceberg import tables
from lakestand.lake.iceberg.committing import commit_with_retry


@dataclass(frozen=True, kw_only=True)
class Evolution:
    """Changes of a table's columns. No data file is rewritten: a column keeps its field id through all of them.

    Attributes:
        add: types of new columns by name, null in the rows that exist; a nested column by its path, as address.zip.
        rename: new names by old names.
        widen: wider types by name: int to long, float to double, a decimal to one of more digits.
        drop: names of columns to remove.
        order: names of the columns that are to come first, in their order.
    """

    add: Mapping[str, IcebergType] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    widen: Mapping[str, IcebergType] = field(default_factory=dict)
    drop: Sequence[str] = ()
    order: Sequence[str] = ()


def evolve(table: Table, wanted: Evolution) -> Schema:
    """Apply *wanted* in one commit and return the table's new schema.

    Raises:
        IncompatibleSchema: when values of a column could be lost; nothing is changed.
        TableError: when a column does not exist, or exists already, and nothing is changed; or when no commit was
            confirmed within a minute.
    """
    name = tables.name(table)
    attempted: list[Schema] = []

    def attempt() -> None:
        table.refresh()
        if table.schema() in attempted:  # by an attempt whose answer was lost
            return
        update = table.update_schema()
        _changes(update, wanted)
        attempted.append(update._apply())  # noqa: SLF001  no public way to see it before the commit
        update.commit()  # no with block: PyIceberg 0.10 commits what was changed before the error

    try:
        commit_with_retry(attempt, name)
    except ValidationError as err:
        raise IncompatibleSchema(f"{name}: {err}. Nothing was changed") from err
    except (ValueError, ResolveError) as err:
        raise TableError(f"{name}: {err}. Nothing was changed; its columns: {_columns(table)}") from err
    return table.schema()


def _changes(update: UpdateSchema, wanted: Evolution) -> None:
    for column, kind in wanted.add.items():
        update.add_column(tuple(column.split(".")), kind)
    for column, kind in wanted.widen.items():
        update.update_column(column, field_type=kind)
    for column in wanted.drop:
        update.delete_column(column)
    # From the last to the first, each to the front, which leaves them in order. Moves use the old names.
    for column in reversed(wanted.order):
        update.move_first(column)
    for column, new in wanted.rename.items():
        update.rename_column(column, new)


def _columns(table: Table) -> str:
    return ", ".join(f"{f.name} {f.field_type}" for f in table.schema().fields)
