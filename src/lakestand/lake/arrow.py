"""Schemas and rows in Arrow: what a table must change so that incoming rows fit, and rows made to fit a table."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from lakestand.errors import IncompatibleSchema

# Pairs of types (narrow, wide): every value of the narrow one is a value of the wide one.
WIDER = {
    (pa.int32(), pa.int64()),
    (pa.float32(), pa.float64()),
}


def merge_schemas(current: pa.Schema, wanted: pa.Schema, table: str) -> pa.Schema:
    """Return the columns of *current*, widened and extended as the incoming schema *wanted* needs.

    A column that *wanted* lacks stays. Struct and list types are merged field by field.

    >>> now = pa.schema([("id", pa.int32()), ("note", pa.string())])
    >>> merge_schemas(now, pa.schema([("id", pa.int64()), ("price", pa.float64())]), "shop.orders").names
    ['id', 'note', 'price']

    Args:
        current: the table's columns.
        wanted: the incoming rows' columns.
        table: the table's name, for the message.

    Raises:
        IncompatibleSchema: when a column's types are such that values could be lost.
    """
    return pa.schema(_fields(list(current), list(wanted), table))


def _fields(current: list[pa.Field], wanted: list[pa.Field], where: str) -> list[pa.Field]:
    incoming = {f.name: f for f in wanted}
    known = {f.name for f in current}
    kept = [
        pa.field(
            f.name,
            _type(f.type, incoming[f.name].type, f"{where}.{f.name}") if f.name in incoming else f.type,
        )
        for f in current
    ]
    return kept + [pa.field(f.name, f.type) for f in wanted if f.name not in known]


def _type(present: pa.DataType, incoming: pa.DataType, where: str) -> pa.DataType:
    if present == incoming or (incoming, present) in WIDER:
        return present
    if (present, incoming) in WIDER:
        return incoming
    if pa.types.is_struct(present) and pa.types.is_struct(incoming):
        return pa.struct(_fields(list(present), list(incoming), where))
    if pa.types.is_list(present) and pa.types.is_list(incoming):
        return pa.list_(_type(present.value_type, incoming.value_type, f"{where}[]"))
    if pa.types.is_decimal(present) and pa.types.is_decimal(incoming) and present.scale == incoming.scale:
        return present if present.precision >= incoming.precision else incoming
    what_helps = (
        "Change the source's type back; or pipeline.run --convert TABLE.COLUMN writes new values as the table's type; "
        "or --replace TABLE.COLUMN keeps the old ones in COLUMN__1, and reconcile --repair brings those of older rows"
    )
    raise IncompatibleSchema(
        f"{where} is {present} in the table and {incoming} in the source: no value may be lost, so nothing was "
        f"written. {what_helps}"
    )


def conform(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return *rows* with the columns of *schema*, in its order: missing ones are null, narrower ones are cast."""
    return pa.Table.from_arrays([_column(rows, field) for field in schema], schema=schema)


def _column(rows: pa.Table, field: pa.Field) -> pa.Array:
    if field.name not in rows.column_names:
        return pa.nulls(rows.num_rows, field.type)
    return _cast(single_array(rows[field.name]), field.type)


def _cast(array: pa.Array, to: pa.DataType) -> pa.Array:
    if array.type == to:
        return array
    if pa.types.is_struct(to):
        names = {f.name for f in array.type}
        parts = [_cast(array.field(f.name), f.type) if f.name in names else pa.nulls(len(array), f.type) for f in to]
        return pa.StructArray.from_arrays(parts, fields=list(to), mask=array.is_null())
    return array.cast(to)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return *schema* as two libraries can compare it: nullable, without metadata, with Arrow's ordinary types.

    PyIceberg, delta-rs and Parquet differ in whether a text is string, large_string or string_view.
    """
    return pa.schema([pa.field(f.name, _plain(f.type)) for f in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, _plain(f.type)) for f in kind])
    return kind


def renamed(rows: pa.Table, path: Sequence[str], name: str) -> pa.Table:
    """Return *rows* with another name for the column at *path*, a name or the names down to a field of a struct."""
    schema = pa.schema([_renamed(field, path, name) for field in rows.schema])
    columns = [_relabelled(single_array(c), f.type) for c, f in zip(rows.columns, schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def _renamed(field: pa.Field, path: Sequence[str], name: str) -> pa.Field:
    if field.name != path[0]:
        return field
    if len(path) == 1:
        return field.with_name(name)
    return field.with_type(pa.struct([_renamed(inner, path[1:], name) for inner in field.type]))


def _relabelled(array: pa.Array, to: pa.DataType) -> pa.Array:
    if array.type == to:
        return array
    parts = [_relabelled(array.field(i), field.type) for i, field in enumerate(to)]
    return pa.StructArray.from_arrays(parts, fields=list(to), mask=array.is_null())


def single_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array instead of chunks."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], column.type), *column.chunks])
