"""Exactly once: any history, cut anywhere, replayed and delivered again, gives the same tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakestand.lake.table import Partition
from lakestand.pipeline.decoding.decoder import Decoder
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.lane import coalesce
from lakestand.pipeline.reports import Kind
from lakestand.pipeline.target import Target
from lakestand.pipeline.topics import TopicDescription
from tests.unit.lake.conftest import DURABLE, Open, opener
from tests.unit.pipeline.connect import TOPIC, decoded, field, record, row
from tests.unit.pipeline.history import HISTORIES, History, Step

# How many records a batch takes, and how many of them the next one reads again.
CUTS = st.lists(st.tuples(st.integers(1, 8), st.integers(0, 8)), max_size=20)
KINDS: tuple[Kind, ...] = ("mirror", "changelog")
Cuts = list[tuple[int, int]]
FEW = settings(max_examples=60)


def deliveries(records: list[KafkaRecord], cuts: Cuts) -> Iterator[list[KafkaRecord]]:
    """Yield all records in batches of any size, some of them more than once."""
    at = 0
    for size, again in cuts:
        yield records[at : at + size]
        at = max(0, min(at + size, len(records)) - again)
    yield records[at:]


def carry(open_sink: Open, batches: Iterator[list[KafkaRecord]]) -> None:
    """Write each batch as a pipeline does that has just been started."""
    for batch in batches:
        decoder, sink = Decoder(), open_sink()
        events, bad = decoder.decode(batch)
        assert bad == []
        for kind in KINDS:
            target = Target(TOPIC, sink, kind, "topic-id")
            for each in coalesce(events):
                target.apply(each)


def held(open_sink: Open) -> tuple[list[tuple[int, str]], list[int]]:
    """Return the mirror's rows by key, and the offsets of the changelog's events."""
    mirror, log = (open_sink().existing(name) for name in ("orders", "orders_changelog"))
    rows = [] if mirror is None else sorted((r["id"], r["note"]) for r in mirror.read().to_pylist())
    return rows, [] if log is None else sorted(log.read()["_offset"].to_pylist())


def wanted(made: History) -> tuple[list[tuple[int, str]], list[int]]:
    """Return the history's own rows, and the offset of every event."""
    return sorted(made.rows.items()), [r.offset for r in made.records if r.value is not None]


@given(HISTORIES, CUTS)
def test_any_history_and_any_replay_give_the_same_tables_in_memory(steps: list[Step], cuts: Cuts) -> None:
    made, sink = History.of_steps(steps), opener("memory", Path())
    carry(sink, deliveries(made.records, cuts))

    assert held(sink) == wanted(made)


@FEW
@given(HISTORIES, st.data())
def test_any_cut_gives_the_same_tables(steps: list[Step], data: st.DataObject) -> None:
    made, sink = History.of_steps(steps), opener("memory", Path())
    cut = data.draw(st.integers(0, len(made.records)))
    carry(sink, iter([made.records[:cut], made.records[cut:]]))

    assert held(sink) == wanted(made)


@FEW
@given(HISTORIES, st.data())
def test_replay_of_any_part_changes_nothing(steps: list[Step], data: st.DataObject) -> None:
    made, sink = History.of_steps(steps), opener("memory", Path())
    begin = data.draw(st.integers(0, len(made.records)))
    end = data.draw(st.integers(begin, len(made.records)))
    carry(sink, iter([made.records, made.records[begin:end]]))

    assert held(sink) == wanted(made)


@FEW
@given(HISTORIES, st.data())
def test_overlapping_batches_write_every_change_once(steps: list[Step], data: st.DataObject) -> None:
    made, sink = History.of_steps(steps), opener("memory", Path())
    cut = data.draw(st.integers(0, len(made.records)))
    back = data.draw(st.integers(0, cut))
    carry(sink, iter([made.records[:cut], made.records[back:]]))

    assert held(sink) == wanted(made)


@pytest.mark.parametrize("kind", DURABLE)
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(HISTORIES, CUTS)
def test_any_history_and_any_replay_give_the_same_tables_on_disk(kind: str, steps: list[Step], cuts: Cuts) -> None:
    made = History.of_steps(steps)
    with tempfile.TemporaryDirectory() as path:
        sink = opener(kind, Path(path))
        carry(sink, deliveries(made.records, cuts[:5]))

        assert held(sink) == wanted(made)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=HISTORIES, data=st.data())
def test_any_history_and_all_of_it_once_more_give_the_same_tables_on_disk(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], data: st.DataObject
) -> None:
    made, folder = History.of_steps(steps), tmp_path_factory.mktemp("history")
    cut = data.draw(st.integers(0, len(made.records)))
    for sink in (opener(kind, folder) for kind in DURABLE):
        carry(sink, iter([made.records[:cut], made.records]))

        assert held(sink) == wanted(made)


def test_a_delete_leaves_no_row() -> None:
    changes = [record(0, "c", after=row(1, "a")), record(1, "u", after=row(1, "b")), record(2, "d", before=row(1))]
    sink = opener("memory", Path())
    carry(sink, iter([changes]))

    assert held(sink) == ([], [0, 1, 2])


def test_only_the_last_of_many_updates_stays() -> None:
    sink = opener("memory", Path())
    carry(sink, iter([[record(i, "u", after=row(1, str(i))) for i in range(100)]]))

    assert held(sink) == ([(1, "99")], list(range(100)))


def test_an_old_batch_that_comes_again_changes_nothing(reopen: Open) -> None:
    made = History.of_steps([("write", 1, 1), ("delete", 1, 1), ("write", 2, 2)])
    carry(reopen, iter([made.records, made.records, made.records[:1], made.records[1:]]))

    assert held(reopen) == wanted(made)


def test_a_pipeline_that_was_overtaken_writes_the_rest_only(durable: Open) -> None:
    made = History.of_steps([("write", n, n) for n in (1, 2, 3, 4)])
    carry(durable, iter([made.records[:1]]))
    slow = [Target(TOPIC, durable(), kind, "topic-id") for kind in KINDS]
    assert [t.next_offset(TopicDescription(TOPIC, "topic-id", 1), Partition(TOPIC, 0), 4) for t in slow] == [1, 1]
    carry(durable, iter([made.records[:3]]))
    for target in slow:
        target.apply(decoded(*made.records[1:])[0])

    assert held(durable) == wanted(made)


def test_a_truncate_that_comes_first_after_a_restart_empties_the_mirror(reopen: Open) -> None:
    made = History.of_steps([("write", 1, 1), ("truncate", 0, 0)])
    carry(reopen, iter([made.records[:1], made.records[1:]]))

    assert held(reopen) == wanted(made)


def test_a_column_that_is_added_between_two_batches_arrives(reopen: Open) -> None:
    wide = (field("id", "int64"), field("note", "string"), field("price", "double"))
    new = record(1, "u", after={"id": 1, "note": "b", "price": 1.5}, columns=wide)
    carry(reopen, iter([[record(0, "c", after=row(1, "a"))], [new], [record(2, "c", after=row(2, "c"))]]))

    table = reopen().existing("orders")
    assert table is not None
    assert table.read().sort_by("id").to_pylist() == [
        {"id": 1, "note": "b", "price": 1.5},
        {"id": 2, "note": "c", "price": None},
    ]
