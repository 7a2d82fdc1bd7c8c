"""Rows of PostgreSQL that were there before the connector: read at its start, not at all, or on a signal."""

from __future__ import annotations

import pytest

from lakestand.sources import signals
from tests.fixtures import events
from tests.fixtures.debezium_connector import SERVICES, ConnectedTable, Register

pytestmark = pytest.mark.services(*SERVICES)

COLUMNS = "id INT PRIMARY KEY, n INT"


@pytest.fixture
def capture(debezium_connector: Register) -> ConnectedTable:
    """Return an empty table, whose connector is not registered yet."""
    return debezium_connector("postgres", COLUMNS)


def ops(records: list[events.Event]) -> str:
    """Return one letter for each event, and a dot for each tombstone."""
    return "".join(e.op or "." for e in records)


def test_rows_that_were_there_are_a_snapshot_with_its_first_and_last_marked(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} SELECT i, i * i FROM generate_series(1, 100) i")
    capture.start()

    records = capture.events(100)

    assert [(e.op, e.after) for e in records] == [("r", {"id": i, "n": i * i}) for i in range(1, 101)]
    assert [e.source["snapshot"] for e in records] == ["first", *["true"] * 98, "last"]


def test_without_data_only_what_follows_is_captured(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} VALUES (1, 1)")
    capture.configure(snapshot_mode="no_data")
    capture.start()
    capture.execute("INSERT INTO {t} VALUES (2, 2)")

    assert [(e.op, e.key["id"]) for e in capture.events(1)] == [("c", 2)]


def test_when_needed_makes_a_snapshot_where_no_offset_is_and_none_where_one_is(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} VALUES (1, 1)")
    capture.configure(snapshot_mode="when_needed")
    capture.start()
    capture.execute("INSERT INTO {t} VALUES (2, 2)")
    assert ops(capture.events(2)) == "rc"
    capture.client.stop_connector(capture.config.name)
    capture.execute("INSERT INTO {t} VALUES (3, 3)")
    capture.client.resume_connector(capture.config.name)

    assert ops(capture.events(3)) == "rcc"


def test_an_incremental_snapshot_brings_old_rows_beside_the_stream(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} SELECT i, i FROM generate_series(1, 50) i")
    capture.configure(snapshot_mode="no_data", signal_table=f"{capture.table}_signal")
    capture.start()
    signals.snapshot(capture.road.source, capture.config, [capture.table])
    old = capture.events(50)
    capture.execute("INSERT INTO {t} VALUES (51, 51)")
    streamed = capture.events(51)[50:]

    assert [e.key["id"] for e in old] == list(range(1, 51))
    assert {(e.op, e.source["snapshot"]) for e in old} == {("r", "incremental")}
    assert [(e.op, e.key["id"]) for e in streamed] == [("c", 51)]
