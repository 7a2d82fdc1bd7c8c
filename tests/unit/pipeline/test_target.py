"""One target table of one topic."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lakestand.errors import IncompatibleSchema, PositionError
from lakestand.lake.memory import Memory
from lakestand.lake.names import TableName
from lakestand.lake.table import Partition
from lakestand.pipeline.reports import Kind
from lakestand.pipeline.target import Target
from lakestand.pipeline.topics import TopicDescription
from tests.unit.lake.conftest import Open
from tests.unit.pipeline.connect import COMMIT_MS, ORDERS, TOPIC, decoded, field, record, row

PARTITION = Partition(TOPIC, 0)


def target(kind: Kind, sink: Memory) -> Target:
    """Return a target of the topic of orders."""
    return Target(TOPIC, sink, kind, "topic-id")


def test_a_changelog_says_what_happened_where_and_when() -> None:
    target("changelog", sink := Memory()).apply(decoded(record(7, "u", before=row(1, "a"), after=row(1, "b")))[0])

    assert sink.tables["orders_changelog"].read().to_pylist() == [
        {
            "_op": "u",
            "_topic": TOPIC,
            "_partition": 0,
            "_offset": 7,
            "_commit_time": datetime.fromtimestamp(COMMIT_MS / 1000, UTC),
            "before": {"id": 1, "note": "a"},
            "after": {"id": 1, "note": "b"},
        }
    ]


def test_a_changelog_has_a_deletes_row_before_it_and_none_after(reopen: Open) -> None:
    written = Target(TOPIC, sink := reopen(), "changelog", "topic-id")
    written.apply(decoded(record(0, "d", before=row(1, "a")), record(1, "t"))[0])

    table = sink.existing("orders_changelog")
    assert table is not None
    images = table.read().sort_by("_offset").select(["before", "after"]).to_pylist()
    assert images == [{"before": {"id": 1, "note": "a"}, "after": None}, {"before": None, "after": None}]


def test_a_mirror_has_the_sources_columns_and_no_other() -> None:
    target("mirror", sink := Memory()).apply(decoded(record(0, "c", after=row(1, "a")))[0])

    assert sink.tables["orders"].read().to_pylist() == [{"id": 1, "note": "a"}]


def test_a_commit_counts_its_events_and_their_lag() -> None:
    events = decoded(*(record(n, "u", after=row(1)) for n in range(3)))[0]
    committed = target("mirror", Memory()).apply(events)

    assert committed is not None
    assert (committed.table, committed.sink, committed.kind, committed.events) == ("orders", "memory", "mirror", 3)
    assert committed.lag_ms().to_pylist() == [committed.visible_ms - COMMIT_MS] * 3
    assert committed.kafka_lag_ms().to_pylist() == [2, 2, 2]


def test_events_that_the_table_has_make_no_commit() -> None:
    events = decoded(record(0, "c", after=row(1)))[0]
    mirror = target("mirror", Memory())

    assert [mirror.apply(events) is None for _ in range(2)] == [False, True]


@pytest.mark.parametrize("op", ["c", "t"])
def test_a_table_without_a_key_gets_no_mirror(op: str) -> None:
    events = decoded(record(0, op, after=row(1) if op == "c" else None, key=()))[0]
    sink = Memory()

    assert target("mirror", sink).apply(events) is None
    assert target("changelog", sink).apply(events) is not None
    assert list(sink.tables) == ["orders_changelog"]


def test_a_table_is_named_as_its_topics_last_part() -> None:
    assert [target(kind, Memory()).name for kind in ("mirror", "changelog")] == ["orders", "orders_changelog"]


def test_nothing_is_written_of_a_column_that_the_table_cannot_follow(reopen: Open) -> None:
    mirror = Target(TOPIC, sink := reopen(), "mirror", "topic-id")
    mirror.apply(decoded(record(0, "c", after=row(1, "a")))[0])
    changed = record(1, "u", after={"id": 1, "note": 5}, columns=(ORDERS[0], field("note", "int32")))

    with pytest.raises(IncompatibleSchema, match=r"orders\.note is string in the table and int32 in the source"):
        mirror.apply(decoded(changed)[0])
    table = sink.existing("orders")
    assert table is not None
    assert (table.read().to_pylist(), table.position(PARTITION)) == ([{"id": 1, "note": "a"}], 1)


def test_a_table_that_is_not_there_needs_all() -> None:
    assert target("mirror", Memory()).next_offset(TopicDescription(TOPIC, "topic-id", 1), PARTITION, 9) == 0


@pytest.mark.parametrize(
    ("topic_id", "end", "reason"),
    [("another", 9, "deleted and made again"), ("topic-id", 0, r"up to 1, but the topic ends at 0")],
)
def test_a_topic_that_is_not_the_tables_is_refused(reopen: Open, topic_id: str, end: int, reason: str) -> None:
    Target(TOPIC, reopen(), "mirror", "topic-id").apply(decoded(record(0, "c", after=row(1)))[0])
    anew = Target(TOPIC, reopen(), "mirror", topic_id)

    assert anew.next_offset(TopicDescription(TOPIC, "topic-id", 1), PARTITION, 1) == 1
    with pytest.raises(PositionError, match=reason):
        anew.next_offset(TopicDescription(TOPIC, topic_id, 1), PARTITION, end)


@pytest.mark.parametrize("kind", ["mirror", "changelog"])
def test_a_column_to_be_replaced_keeps_its_old_values_under_another_name(reopen: Open, kind: Kind) -> None:
    sink, other = reopen(), [field("id", "int32", optional=False), field("note", "double")]
    Target(TOPIC, sink, kind, "topic-id").apply(decoded(record(0, "c", after=row(1, "a")))[0])
    changed = decoded(record(1, "c", after={"id": 2, "note": 0.5}, columns=other))[0]

    with pytest.raises(IncompatibleSchema, match="note is string in the table and double in the source"):
        Target(TOPIC, sink, kind, "topic-id").apply(changed)
    Target(TOPIC, sink, kind, "topic-id", replace=["orders.note"]).apply(changed)

    table = sink.existing("orders" + ("_changelog" if kind == "changelog" else ""))
    assert table is not None
    images = [r["after"] if kind == "changelog" else r for r in table.read().to_pylist()]
    assert sorted((i["id"], i["note__1"], i["note"]) for i in images) == [(1, "a", None), (2, None, 0.5)]


def test_only_new_columns_that_old_rows_have_values_in_are_reported() -> None:
    reported: list[object] = []
    sink = Memory()
    columns = [*ORDERS, field("price", "double"), field("flag", "boolean", optional=False)]
    for n, known in enumerate((ORDERS, columns)):
        made = Target(TOPIC, sink, "mirror", "topic-id", on_unknown=lambda *seen: reported.append(seen))
        made.apply(decoded(record(n, "c", after=dict(row(n, "a")) | {"price": 1.0, "flag": True}, columns=known))[0])

    assert reported == [(TableName("public", "orders"), ["flag"])]
