"""What every sink does with keys, values and column names of any kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.unit.lake.conftest import Open
from tests.unit.lake.orders import batch, mark, read_rows, rows

KEYS: dict[str, tuple[pa.DataType, list[Any]]] = {
    "int": (pa.int32(), [-(2**31), 2**31 - 1]),
    "long": (pa.int64(), [-(2**63), 2**63 - 1]),
    "text": (pa.string(), ["", "ü'`\"\\ 🛫"]),
    "long text": (pa.string(), ["ü" * 100 + "1", "ü" * 100 + "2"]),
    "bytes": (pa.binary(), [b"", b"\x00\xff"]),
    "long bytes": (pa.binary(), [b"\xff" * 100 + b"1", b"\xff" * 100 + b"2"]),
    "flag": (pa.bool_(), [False, True]),
    "decimal": (pa.decimal128(38, 2), [Decimal("-1.10"), Decimal("9" * 36 + ".99")]),
    "date": (pa.date32(), [date(1, 1, 1), date(9999, 12, 31)]),
    "timestamp": (pa.timestamp("us"), [datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2020, 1, 1)]),  # noqa: DTZ001
    "with zone": (pa.timestamp("us", "UTC"), [datetime(1969, 12, 31, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]),
    "time": (pa.time64("us"), [time(0), time(23, 59, 59, 999999)]),
}


@pytest.mark.parametrize(("kind", "values"), KEYS.values(), ids=KEYS)
def test_a_key_finds_its_row_among_files_that_a_table_may_skip(
    durable: Open, kind: pa.DataType, values: list[Any]
) -> None:
    sink = durable()
    schema = sink.fit(pa.schema([("k", kind), ("note", pa.string())]))
    keys = [None, *pa.array(values, kind).cast(schema.field(0).type).to_pylist()]
    made = sink.table("orders", schema)
    for number, key in enumerate(keys):
        made.append(rows([(key, "old")], schema), mark(number, number + 1))
    for number, key in enumerate(keys[1:], 3):
        made.merge(batch([(key, "new")], schema=schema), mark(number, number + 1))

    assert read_rows(made) == sorted([(None, "old"), *((key, "new") for key in keys[1:])], key=str)


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize(("kind", "values"), KEYS.values(), ids=KEYS)
def test_a_key_of_any_type_finds_its_row(reopen: Open, kind: pa.DataType, values: list[Any], width: int) -> None:
    sink = reopen()
    schema = sink.fit(pa.schema([*((f"k{n}", kind) for n in range(width)), ("note", pa.string())]))
    one, two = (pa.array(values, kind).cast(schema.field(0).type).to_pylist()[n : n + 1] * width for n in (0, 1))
    made = sink.table("orders", schema)
    made.merge(batch([(*one, "a"), (*two, "b")], width=width, schema=schema), mark(0, 2))
    made.merge(batch([(*two, "B")], [tuple(one)], width=width, schema=schema), mark(2, 4))

    assert read_rows(made) == [(*two, "B")]


VALUES: dict[str, tuple[pa.DataType, Any]] = {
    **{name: (kind, values[1]) for name, (kind, values) in KEYS.items()},
    "float": (pa.float32(), 1.5),
    "double": (pa.float64(), 0.1),
    "list": (pa.list_(pa.string()), ["a", None]),
    "list of dates": (pa.list_(pa.date32()), [date(2020, 1, 1)]),
    "struct": (pa.struct([("wkb", pa.binary()), ("srid", pa.int32())]), {"wkb": b"\x00\xff", "srid": None}),
}


@pytest.mark.parametrize(("kind", "value"), VALUES.values(), ids=VALUES)
def test_a_value_comes_back_as_it_was(reopen: Open, kind: pa.DataType, value: object) -> None:
    sink = reopen()
    schema = sink.fit(pa.schema([("id", pa.int32()), ("x", kind)]))
    wanted = pa.array([None, value], kind).cast(schema.field("x").type)
    made = sink.table("orders", schema)
    made.append(pa.table([pa.array([1, 2], pa.int32()), wanted], schema=schema), mark(0, 2))

    assert made.schema() == schema
    assert made.read().sort_by("id")["x"].to_pylist() == wanted.to_pylist()


@pytest.mark.parametrize("name", ["Grüße", "with space", "a`b", "select", "a.b", "UPPER"])
def test_a_column_may_have_any_name(reopen: Open, name: str) -> None:
    schema = pa.schema([(name, pa.int32()), ("note", pa.string())])
    made = reopen().table("orders", schema)
    made.merge(batch([(1, "a"), (2, "b")], schema=schema), mark(0, 2))
    made.merge(batch([(1, "A")], [(2,)], schema=schema), mark(2, 4))

    assert made.read().to_pylist() == [{name: 1, "note": "A"}]
