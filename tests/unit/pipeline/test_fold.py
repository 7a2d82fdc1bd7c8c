"""Folding: many events → one change a key."""

from __future__ import annotations

from lakestand.lake.table import Batch
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.fold import fold, select_unseen
from tests.unit.pipeline.connect import decoded, record, row, undecodable


def folded(*records: KafkaRecord) -> tuple[list[object], list[object]]:
    """Return the keys that *records* touch, and the rows that they leave."""
    batch = batch_of(*records)
    return [k["id"] for k in batch.keys.to_pylist()], [tuple(r.values()) for r in batch.upserts.to_pylist()]


def batch_of(*records: KafkaRecord) -> Batch:
    """Fold *records*, which are of one table version."""
    (events,) = decoded(*records)
    return fold(events, events.rows)


def test_the_last_write_of_a_key_wins() -> None:
    writes = [record(n, op, after=row(1, str(n))) for n, op in enumerate("ruu")]

    assert folded(*writes, record(3, "c", after=row(2, "x"))) == ([1, 2], [(1, "2"), (2, "x")])


def test_a_delete_touches_its_key_and_leaves_no_row() -> None:
    assert folded(record(0, "c", after=row(1)), record(1, "d", before=row(1))) == ([1], [])


def test_a_row_that_comes_back_after_its_delete_stays() -> None:
    assert folded(record(0, "d", before=row(1)), record(1, "c", after=row(1, "new"))) == ([1], [(1, "new")])


def test_a_changed_key_is_gone_under_its_old_name() -> None:
    assert folded(record(0, "d", before=row(1)), record(1, "c", after=row(2, "a"))) == ([1, 2], [(2, "a")])


def test_nothing_before_the_last_truncate_counts() -> None:
    old = [record(0, "c", after=row(1)), record(1, "t"), record(2, "c", after=row(2)), record(3, "t")]

    assert folded(*old, record(4, "c", after=row(3, "a"))) == ([3], [(3, "a")])
    assert batch_of(*old).truncate


def test_without_a_truncate_the_table_is_not_emptied() -> None:
    assert not batch_of(record(0, "c", after=row(1))).truncate


def test_a_truncate_alone_touches_no_key() -> None:
    batch = batch_of(record(0, "t"))

    assert (batch.truncate, batch.keys.num_rows, batch.upserts.num_rows) == (True, 0, 0)


def test_a_delete_keeps_its_key_beside_a_bad_record() -> None:
    bad = record(1, "c", after=row(1))._replace(value=b"no event")
    (first, second), _ = undecodable(record(0, "c", after=row(7)), bad, record(2, "d", before=row(7)))

    assert [fold(e, e.rows).keys.to_pylist() for e in (first, second)] == [[{"id": 7}], [{"id": 7}]]


def test_a_delete_keeps_its_key_beside_a_number_that_json_lacks() -> None:
    broken = record(1, "c", after=row(1))
    broken = broken._replace(value=(broken.value or b"").replace(b'"note":null', b'"note":5'))
    (events,), _ = undecodable(record(0, "c", after=row(7)), broken, record(2, "d", before=row(7)))

    assert fold(events, events.rows).keys.to_pylist() == [{"id": 7}]


def test_a_key_of_two_columns_is_both() -> None:
    records = [record(n, "c", after=row(1, note), key=("id", "note")) for n, note in enumerate("aba")]
    batch = batch_of(*records)

    assert batch.keys.to_pylist() == [{"id": 1, "note": "b"}, {"id": 1, "note": "a"}]


def test_events_below_the_position_were_seen() -> None:
    (events,) = decoded(*(record(n, "c", after=row(n)) for n in range(4)))

    assert [select_unseen(events, at)["offset"].to_pylist() for at in (0, 2, 4)] == [[0, 1, 2, 3], [2, 3], []]
