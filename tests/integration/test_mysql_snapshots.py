"""Rows of MySQL that were there before the connector: read at its start, not at all, or on a signal."""

from __future__ import annotations

import pytest

from lakestand.errors import BadArgument
from lakestand.sources import signals
from tests.fixtures.debezium_connector import SERVICES, ConnectedTable, Register

pytestmark = pytest.mark.services(*SERVICES)

COLUMNS = "id INT PRIMARY KEY, n INT, note MEDIUMTEXT CHARACTER SET utf8mb4"


@pytest.fixture
def capture(debezium_connector: Register) -> ConnectedTable:
    """Return an empty table, whose connector is not registered yet."""
    return debezium_connector("mysql", COLUMNS)


def test_rows_that_were_there_are_a_snapshot(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} VALUES (1, 1, 'a'), (2, 4, NULL)")
    capture.start()

    records = capture.events(2)

    assert [(e.op, e.after) for e in records] == [
        ("r", {"id": 1, "n": 1, "note": "a"}),
        ("r", {"id": 2, "n": 4, "note": None}),
    ]
    assert [e.source["gtid"] for e in records] == [None, None]


def test_without_data_only_what_follows_is_captured(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} (id) VALUES (1)")
    capture.configure(snapshot_mode="no_data")
    capture.start()
    capture.execute("INSERT INTO {t} (id) VALUES (2)")

    assert [(e.op, e.key["id"]) for e in capture.events(1)] == [("c", 2)]


def test_an_incremental_snapshot_brings_old_rows_beside_the_stream(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} (id) VALUES (1), (2), (3)")
    capture.configure(snapshot_mode="no_data", signal_table=f"{capture.table}_signal")
    capture.start()
    signals.snapshot(capture.road.source, capture.config, [capture.table])
    records = capture.events(3)

    assert [(e.op, e.key["id"], e.source["snapshot"]) for e in records] == [("r", i, "incremental") for i in (1, 2, 3)]


def test_a_signal_for_a_table_that_is_not_captured_is_refused(capture: ConnectedTable) -> None:
    capture.configure(signal_table=f"{capture.table}_signal")

    with pytest.raises(BadArgument, match=rf"does not read demo\.other, only {capture.table}$"):
        signals.snapshot(capture.road.source, capture.config, ["demo.other"])
