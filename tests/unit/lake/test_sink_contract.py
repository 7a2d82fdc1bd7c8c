"""What every sink does with odd batches, racing writers and all types; test_sinks.py has the plain cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from lakestand.errors import Overtaken, PositionError
from lakestand.lake.delta.sink import Delta
from lakestand.lake.table import Batch, Mark, Partition, Table
from tests.unit.lake.conftest import Open

PARTITION, OTHER = Partition("shop.public.orders", 0), Partition("shop.public.orders", 1)
SCHEMA = pa.schema([("id", pa.int32()), ("note", pa.string())])
Row = tuple[Any, ...]


def mark(since: int, end: int, partition: Partition = PARTITION) -> Mark:
    """Return the mark of a commit from one position to another."""
    return Mark(partition, since, end, "topic-id")


def batch(
    upserts: Sequence[Row],
    gone: Sequence[Row] = (),
    *,
    truncate: bool = False,
    width: int = 1,
    schema: pa.Schema = SCHEMA,
) -> Batch:
    """Return a batch of upserts and deleted keys; the first *width* columns are the key."""
    keys = [*(r[:width] for r in upserts), *gone]
    key_schema = pa.schema(list(schema)[:width])
    return Batch(truncate=truncate, keys=rows(keys, key_schema), upserts=rows(upserts, schema), unknown={})


def rows(values: Sequence[Row], schema: pa.Schema = SCHEMA) -> pa.Table:
    """Return rows of *schema* with these values."""
    return pa.Table.from_pylist([dict(zip(schema.names, v, strict=True)) for v in values], schema=schema)


def held(table: Table) -> list[Row]:
    """Return all rows, in order."""
    return sorted((tuple(r.values()) for r in table.read().to_pylist()), key=str)


@pytest.fixture
def table(reopen: Open) -> Table:
    """Return a mirror with two rows, at position 2."""
    made = reopen().table("orders", SCHEMA)
    made.merge(batch([(1, "a"), (2, "b")]), mark(0, 2))
    return made


def test_a_new_table_is_empty_and_at_the_beginning(reopen: Open) -> None:
    made = reopen().table("orders", SCHEMA)

    assert (made.schema(), held(made), made.position(PARTITION), made.topic_id(PARTITION.topic)) == (SCHEMA, [], 0, "")


def test_rows_and_position_are_there_for_the_next_process(table: Table, reopen: Open) -> None:
    again = reopen().existing("orders")

    assert again is not None
    assert held(again) == held(table) == [(1, "a"), (2, "b")]
    assert (again.position(PARTITION), again.position(OTHER), again.topic_id(PARTITION.topic)) == (2, 0, "topic-id")


def test_batches_are_the_rows_of_the_version_that_was_seen(table: Table, reopen: Open) -> None:
    seen = reopen().existing("orders")
    assert seen is not None
    version = seen.version()
    table.merge(batch([(3, "c")]), mark(2, 3))
    now = reopen().existing("orders")
    assert now is not None

    assert pa.concat_tables(now.batches()).sort_by("id") == table.read().sort_by("id")
    assert all(chunk.schema == SCHEMA for chunk in now.batches())
    assert now.version() != version


def test_an_empty_table_has_a_version_and_no_rows(reopen: Open) -> None:
    made = reopen().table("orders", SCHEMA)

    assert made.version()
    assert sum(chunk.num_rows for chunk in made.batches()) == 0


def test_what_is_committed_later_is_not_in_the_batches_of_an_earlier_version(durable: Open) -> None:
    made = durable().table("other", SCHEMA)
    made.append(rows([(1, "a")]), mark(0, 1))
    seen = durable().existing("other")
    assert seen is not None
    version = seen.version()
    made.append(rows([(2, "b")]), mark(1, 2))

    assert [chunk.to_pylist() for chunk in seen.batches()] == [[{"id": 1, "note": "a"}]]
    assert seen.version() == version


def test_batches_hold_one_file_at_a_time(durable: Open) -> None:
    made = durable().table("orders", SCHEMA)
    part = pa.table({"id": pa.array(range(100_000), pa.int32()), "note": [f"note {n}" for n in range(100_000)]})
    for number in range(16):
        made.append(part, mark(number, number + 1))
    before, held = pa.total_allocated_bytes(), [0]
    for chunk in made.batches():
        chunk.sort_by([("note", "descending")])  # takes its time: a reader may run ahead
        held.append(pa.total_allocated_bytes() - before)

    assert max(held) < 6 * part.nbytes  # the chunk, the next, and what decoding needs; not all 16


def test_a_write_replaces_its_key_only(table: Table) -> None:
    table.merge(batch([(2, "B"), (3, "c")]), mark(2, 4))

    assert held(table) == [(1, "a"), (2, "B"), (3, "c")]


def test_a_delete_takes_its_key_only(table: Table) -> None:
    table.merge(batch([], [(2,), (9,)]), mark(2, 4))

    assert (held(table), table.position(PARTITION)) == ([(1, "a")], 4)


def test_a_batch_may_write_one_key_and_delete_another(table: Table) -> None:
    table.merge(batch([(1, "A")], [(2,)]), mark(2, 4))

    assert held(table) == [(1, "A")]


def test_a_truncate_leaves_what_came_after_it(table: Table) -> None:
    table.merge(batch([(2, "new")], truncate=True), mark(2, 4))

    assert (held(table), table.position(PARTITION)) == ([(2, "new")], 4)


def test_a_truncate_alone_leaves_nothing(table: Table) -> None:
    table.merge(batch([], truncate=True), mark(2, 3))

    assert (held(table), table.position(PARTITION)) == ([], 3)


def test_an_emptied_table_fills_again(table: Table) -> None:
    table.merge(batch([], [(1,), (2,)]), mark(2, 4))
    table.merge(batch([(1, "z")]), mark(4, 5))

    assert held(table) == [(1, "z")]


def test_deletes_alone_move_the_position_of_a_new_table(reopen: Open) -> None:
    made = reopen().table("orders", SCHEMA)
    made.merge(batch([], [(1,)]), mark(0, 1))

    assert (held(made), made.position(PARTITION)) == ([], 1)


def test_partitions_have_positions_of_their_own(table: Table) -> None:
    table.merge(batch([(7, "x")]), mark(0, 9, OTHER))

    assert (table.position(PARTITION), table.position(OTHER)) == (2, 9)


def test_appended_rows_add_to_the_others(reopen: Open) -> None:
    made = reopen().table("orders_changelog", SCHEMA)
    made.append(rows([(1, "a")]), mark(0, 1))
    made.append(rows([(1, "a")]), mark(1, 2))

    assert (held(made), made.position(PARTITION)) == ([(1, "a"), (1, "a")], 2)


def test_a_commit_that_is_repeated_changes_nothing(table: Table) -> None:
    table.append(rows([(3, "c")]), mark(2, 3))
    table.append(rows([(3, "c")]), mark(2, 3))
    table.merge(batch([], [(1,)]), mark(1, 2))

    assert held(table) == [(1, "a"), (2, "b"), (3, "c")]


def test_a_part_that_another_pipeline_wrote_is_not_written_again(durable: Open) -> None:
    first = durable().table("orders_changelog", SCHEMA)
    second = durable().table("orders_changelog", SCHEMA)
    first.append(rows([(1, "a")]), mark(0, 1))

    with pytest.raises(Overtaken, match=r"stands at 1 of shop\.public\.orders\[0\], not 0"):
        second.append(rows([(1, "a"), (2, "b")]), mark(0, 2))
    assert (held(first), second.position(PARTITION)) == ([(1, "a")], 1)


def test_what_two_pipelines_write_of_two_partitions_is_all_there(durable: Open) -> None:
    first = durable().table("orders", SCHEMA)
    second = durable().table("orders", SCHEMA)
    first.merge(batch([(1, "a")]), mark(0, 1))
    second.merge(batch([(2, "b")]), mark(0, 1, OTHER))
    first.merge(batch([(3, "c")]), mark(1, 2))

    assert held(second) == [(1, "a"), (2, "b"), (3, "c")]


def test_a_table_that_lost_its_position_is_refused() -> None:
    with pytest.raises(PositionError, match=r"stands at 0 .*, but stood at 5: it was replaced"):
        mark(5, 7).is_due(0, "shop.orders")


def test_a_wider_column_keeps_its_values_and_the_position(table: Table) -> None:
    wider = pa.schema([("id", pa.int64()), ("note", pa.string())])
    table.evolve(wider)
    assert table.position(PARTITION) == 2
    table.merge(batch([(2**40, "c")], [(1,)], schema=wider), mark(2, 3))

    assert (table.schema(), held(table)) == (wider, [(1 << 40, "c"), (2, "b")])


KEYS: dict[str, tuple[pa.DataType, list[Any]]] = {
    "int": (pa.int32(), [-(2**31), 2**31 - 1]),
    "long": (pa.int64(), [-(2**63), 2**63 - 1]),
    "text": (pa.string(), ["", "ü'`\"\\ 🛫"]),
    "bytes": (pa.binary(), [b"", b"\x00\xff"]),
    "flag": (pa.bool_(), [False, True]),
    "decimal": (pa.decimal128(38, 2), [Decimal("-1.10"), Decimal("9" * 36 + ".99")]),
    "date": (pa.date32(), [date(1, 1, 1), date(9999, 12, 31)]),
    "timestamp": (pa.timestamp("us"), [datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2020, 1, 1)]),  # noqa: DTZ001
    "with zone": (pa.timestamp("us", "UTC"), [datetime(1969, 12, 31, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]),
    "time": (pa.time64("us"), [time(0), time(23, 59, 59, 999999)]),
}


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize(("kind", "values"), KEYS.values(), ids=KEYS)
def test_a_key_of_any_type_finds_its_row(reopen: Open, kind: pa.DataType, values: list[Any], width: int) -> None:
    sink = reopen()
    schema = sink.fit(pa.schema([*((f"k{n}", kind) for n in range(width)), ("note", pa.string())]))
    one, two = (pa.array(values, kind).cast(schema.field(0).type).to_pylist()[n : n + 1] * width for n in (0, 1))
    made = sink.table("orders", schema)
    made.merge(batch([(*one, "a"), (*two, "b")], width=width, schema=schema), mark(0, 2))
    made.merge(batch([(*two, "B")], [tuple(one)], width=width, schema=schema), mark(2, 4))

    assert held(made) == [(*two, "B")]


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


def test_the_change_feed_of_delta_holds_both_images(tmp_path: Path) -> None:
    made = Delta(str(tmp_path), "shop").table("orders", SCHEMA)
    made.merge(batch([(1, "a")]), mark(0, 1))
    made.merge(batch([(1, "A")]), mark(1, 2))
    feed = DeltaTable(tmp_path / "shop/orders")
    changes = pa.table(feed.load_cdf(starting_version=feed.version())).select(["_change_type", "note"]).to_pylist()

    assert sorted(tuple(c.values()) for c in changes) == [("update_postimage", "A"), ("update_preimage", "a")]
