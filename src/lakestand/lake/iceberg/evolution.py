"""Schema evolution: all changes of one request in one commit, or none when one of them cannot be."""

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
    """What is to change. A column keeps its field id through renames, moves and widening: no file is written.

    Attributes:
        add: name → type of new columns, null in the rows that are there; nested ones by their path (address.zip).
        rename: old name → new name.
        widen: name → wider type (int → long, float → double, decimal of more digits).
        drop: names.
        order: names in the order in which they are to stand first.
    """

    add: Mapping[str, IcebergType] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    widen: Mapping[str, IcebergType] = field(default_factory=dict)
    drop: Sequence[str] = ()
    order: Sequence[str] = ()


def evolve(table: Table, wanted: Evolution) -> Schema:
    """Apply *wanted* in one commit, and return the new schema; again when another writer was faster.

    IncompatibleSchema names the column whose values could be lost, TableError the one that is not there.
    """
    name = tables.name(table)
    made: list[Schema] = []

    def attempt() -> None:
        table.refresh()
        if table.schema() in made:  # the attempt whose answer was lost went through
            return
        update = table.update_schema()
        _changes(update, wanted)
        made.append(update._apply())  # noqa: SLF001  no public way to see it before the commit
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
    # Last first, each to the front: so they stand in the order asked for. Moves go by the old names.
    for column in reversed(wanted.order):
        update.move_first(column)
    for column, new in wanted.rename.items():
        update.rename_column(column, new)


def _columns(table: Table) -> str:
    return ", ".join(f"{f.name} {f.field_type}" for f in table.schema().fields)
