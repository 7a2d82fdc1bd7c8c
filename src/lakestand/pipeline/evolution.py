"""How a table gets the columns of the events that it is to take: extended, widened, or with old values set aside."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa

from lakestand.errors import IncompatibleSchema
from lakestand.lake.arrow import merge_schemas
from lakestand.lake.table import Table
from lakestand.pipeline.columns import set_aside
from lakestand.pipeline.reports import Kind

IMAGES: dict[Kind, tuple[str, ...]] = {"mirror": ("",), "changelog": ("before", "after")}


def evolve(table: Table, wanted: pa.Schema, kind: Kind, replaced: Collection[str]) -> None:
    """Change the columns of *table* so that it can take rows with the columns *wanted*.

    A column of *replaced* whose type cannot become the one that is wanted gets another name with its old values.

    Raises:
        IncompatibleSchema: when another column's type cannot; then nothing was changed.
    """
    try:
        _extend(table, wanted)
    except IncompatibleSchema:
        if not _set_aside(table, wanted, kind, replaced):
            raise
        _extend(table, wanted)


def _extend(table: Table, wanted: pa.Schema) -> None:
    present = table.schema()
    evolved = merge_schemas(present, wanted, table.name)
    if evolved != present:
        table.evolve(evolved)


def _set_aside(table: Table, wanted: pa.Schema, kind: Kind, replaced: Collection[str]) -> bool:
    """Rename the columns of *replaced* that have another type than is wanted; whether there was one."""
    renamed = False
    for image in IMAGES[kind]:
        present, incoming = _fields(table.schema(), image), _fields(wanted, image)
        named = set(replaced) & set(present.names) & set(incoming.names)
        other = [column for column in named if present.field(column).type != incoming.field(column).type]
        for column, name in set_aside(other, present.names):
            table.rename([image, column] if image else [column], name)
            renamed = True
    return renamed


def _fields(schema: pa.Schema, image: str) -> pa.Schema:
    return pa.schema(schema.field(image).type) if image else schema
