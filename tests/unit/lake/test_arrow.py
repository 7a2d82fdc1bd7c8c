"""What a table does when its source's columns change."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lakestand.errors import IncompatibleSchema
from lakestand.lake.arrow import conform, merge_schemas, plain_schema

I32, I64, F32, F64, TEXT = pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.string()


def schema(**columns: pa.DataType) -> pa.Schema:
    """Return a schema from types by name."""
    return pa.schema(list(columns.items()))


def test_a_new_column_comes_last() -> None:
    assert merge_schemas(schema(id=I32), schema(price=F64, id=I32), "t") == schema(id=I32, price=F64)


def test_a_dropped_column_stays() -> None:
    assert merge_schemas(schema(id=I32, note=TEXT), schema(id=I32), "t") == schema(id=I32, note=TEXT)


WIDER = [
    (I32, I64),
    (F32, F64),
    (pa.decimal128(5, 2), pa.decimal128(9, 2)),
    (pa.struct([("a", I32)]), pa.struct([("a", I64)])),
    (pa.list_(I32), pa.list_(I64)),
]


@pytest.mark.parametrize(("old", "new"), WIDER, ids=str)
def test_a_wider_type_widens_the_column(old: pa.DataType, new: pa.DataType) -> None:
    assert merge_schemas(schema(x=old), schema(x=new), "t") == schema(x=new)


@pytest.mark.parametrize(("old", "new"), WIDER, ids=str)
def test_a_narrower_type_leaves_the_column_wide(old: pa.DataType, new: pa.DataType) -> None:
    assert merge_schemas(schema(x=new), schema(x=old), "t") == schema(x=new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, I32),
        (I32, TEXT),
        (I32, F64),  # Iceberg cannot, and from 64 bits digits would be lost
        (I64, F64),
        (pa.decimal128(9, 2), pa.decimal128(9, 3)),
        (pa.timestamp("us"), pa.timestamp("us", "UTC")),
        (pa.struct([("a", I32)]), TEXT),
    ],
    ids=str,
)
def test_another_type_is_refused_with_both_names(old: pa.DataType, new: pa.DataType) -> None:
    with pytest.raises(IncompatibleSchema) as caught:
        merge_schemas(schema(id=I32, x=old), schema(id=I32, x=new), "shop.orders")

    assert str(caught.value).startswith(f"shop.orders.x is {old} in the table and {new} in the source")


def test_a_column_of_a_column_is_named_in_full() -> None:
    with pytest.raises(IncompatibleSchema, match=r"^t\.after\.x is int32"):
        merge_schemas(schema(after=pa.struct([("x", I32)])), schema(after=pa.struct([("x", TEXT)])), "t")


def test_rows_take_the_tables_columns() -> None:
    rows = pa.table({"note": ["a"], "id": pa.array([1], I32)})
    fitting = conform(rows, schema(id=I64, gone=TEXT, note=TEXT))

    assert fitting.schema == schema(id=I64, gone=TEXT, note=TEXT)
    assert fitting.to_pylist() == [{"id": 1, "gone": None, "note": "a"}]


def test_rows_within_rows_take_the_tables_columns() -> None:
    rows = pa.table({"after": pa.array([{"id": 1}, None], pa.struct([("id", I32)]))})
    wanted = schema(after=pa.struct([("id", I64), ("note", TEXT)]))

    assert conform(rows, wanted).to_pylist() == [{"after": {"id": 1, "note": None}}, {"after": None}]


def test_a_librarys_own_types_are_plain() -> None:
    odd = pa.schema(
        [pa.field("x", pa.large_string(), nullable=False, metadata={"id": "1"}), ("y", pa.large_list(pa.string_view()))]
    )

    assert plain_schema(odd).equals(schema(x=TEXT, y=pa.list_(TEXT)), check_metadata=True)
