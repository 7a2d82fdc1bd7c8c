"""Change events from Kafka into Iceberg, exactly."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog

from lakestand.lake.iceberg import incremental, snapshots
from lakestand.settings import Settings
from tests.fixtures.stream import Stream, stream
from tests.unit.pipeline.connect import ORDERS, field, message, row

pytestmark = pytest.mark.services("kafka", "minio", "iceberg-rest")


@pytest.fixture
def orders(settings: Settings, namespace: str) -> Iterator[Stream]:
    """Yield a stream of changes of the table orders (id int, note text)."""
    with stream(settings, "iceberg", namespace) as changes:
        yield changes


def test_inserts_are_in_the_mirror_and_in_the_changelog(orders: Stream) -> None:
    for i in range(3):
        orders.send("c", row(i, f"é😀{i}"))

    assert orders.carry() == 6
    assert orders.rows() == [{"id": i, "note": f"é😀{i}"} for i in range(3)]
    assert orders.changes()["_op"].to_pylist() == ["c", "c", "c"]


def test_an_update_replaces_its_row_and_a_delete_removes_it(orders: Stream) -> None:
    for i in range(3):
        orders.send("c", row(i, "old"))
    orders.carry()
    orders.send("u", row(1, "new"))
    orders.send("d", row(2, "old"))
    orders.send_raw(None, b"a tombstone")

    assert orders.carry() == 4
    assert orders.rows() == [{"id": 0, "note": "old"}, {"id": 1, "note": "new"}]
    assert "".join(orders.changes()["_op"].to_pylist()) == "cccud"


def test_the_last_of_many_changes_of_a_row_counts_and_the_changelog_keeps_all_in_order(orders: Stream) -> None:
    orders.send("c", row(1, "0"))
    for i in range(1, 100):
        orders.send("u", row(1, str(i)))

    orders.carry()

    assert orders.rows() == [{"id": 1, "note": "99"}]
    assert [r["note"] for r in orders.changes()["after"].to_pylist()] == [str(i) for i in range(100)]


def test_a_row_that_comes_and_goes_in_one_batch_is_not_there(orders: Stream) -> None:
    orders.send("c", row(1))
    orders.send("d", row(1))
    orders.send("c", row(2))

    orders.carry()

    assert orders.rows() == [{"id": 2, "note": None}]


def test_columns_that_come_and_widen_amid_a_batch_are_followed(orders: Stream) -> None:
    narrow = (field("id", "int32"), field("n", "int32"))
    wide = (field("id", "int32"), field("n", "int64"), field("more", "boolean"))
    orders.send("c", {"id": 1, "n": 1}, narrow)
    orders.send("c", {"id": 2, "n": 2**40, "more": True}, wide)

    orders.carry()

    assert orders.table().schema() == pa.schema([("id", pa.int32()), ("n", pa.int64()), ("more", pa.bool_())])
    assert orders.rows() == [{"id": 1, "n": 1, "more": None}, {"id": 2, "n": 2**40, "more": True}]


def test_a_key_that_widens_finds_its_old_rows(orders: Stream) -> None:
    wide = (field("id", "int64"), field("note", "string"))
    orders.send("c", row(1, "a"))
    orders.carry()
    orders.send("c", row(2**40, "b"), wide)
    orders.send("u", row(1, "A"), wide)

    orders.carry()

    assert orders.rows() == [{"id": 1, "note": "A"}, {"id": 2**40, "note": "b"}]


def test_an_increment_holds_exactly_what_came_since_the_checkpoint(orders: Stream, iceberg_catalog: Catalog) -> None:
    for i in range(50):
        orders.send("c", row(i, "first"))
    orders.carry()
    mirror = iceberg_catalog.load_table((orders.namespace, "orders"))
    first = incremental.read(mirror, incremental.begin(mirror))
    for i in range(20):
        orders.send("c", row(100 + i, "second"))
    orders.carry()

    second = incremental.read(mirror, first.checkpoint)

    assert (first.rows.num_rows, second.rows.num_rows) == (50, 20)
    assert sorted(second.rows["id"].to_pylist()) == list(range(100, 120))
    assert set(second.rows["_change_type"].to_pylist()) == {"INSERT"}


def test_an_update_is_a_delete_and_an_insert_in_the_increment(orders: Stream, iceberg_catalog: Catalog) -> None:
    for i in range(10):
        orders.send("c", row(i, "old"))
    orders.carry()
    mirror = iceberg_catalog.load_table((orders.namespace, "orders"))
    before = snapshots.history(mirror)[-1].snapshot_id
    orders.send("u", row(3, "new"))
    orders.send("d", row(4, "old"))
    orders.carry()

    changes = incremental.changelog(mirror.refresh(), before)

    assert sorted((r["_change_type"], r["id"], r["note"]) for r in changes.to_pylist()) == [
        ("DELETE", 3, "old"),
        ("DELETE", 4, "old"),
        ("INSERT", 3, "new"),
    ]


def test_a_column_of_an_unknown_type_goes_to_the_dead_letters_with_position_and_reason(orders: Stream) -> None:
    unknown = (*ORDERS, field("odd", "uint256"))
    orders.send("c", row(1, "before"))
    orders.send_raw(odd := message({"op": "c", "after": {"id": 2, "odd": 2}, "source": {"ts_ms": 1}}, unknown))
    orders.send("c", row(3, "after"))

    orders.carry()

    assert [r["id"] for r in orders.rows()] == [1, 3]
    ((value, headers),) = orders.dead_letters()
    assert value == odd
    reason = "column odd is of the unknown type uint256"
    assert headers == {"position": f"{orders.topic}[0]@1", "reason": reason, "number": "1"}


def test_the_mirror_is_read_as_it_was_at_an_earlier_commit(orders: Stream, iceberg_catalog: Catalog) -> None:
    orders.send("c", row(1, "was"))
    orders.carry()
    mirror = iceberg_catalog.load_table((orders.namespace, "orders"))
    then = snapshots.history(mirror)[-1]
    orders.send("u", row(1, "is"))
    orders.carry()

    mirror.refresh()
    assert snapshots.read(mirror, then).to_pylist() == [{"id": 1, "note": "was"}]
    assert orders.rows() == [{"id": 1, "note": "is"}]
