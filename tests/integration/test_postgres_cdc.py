"""Changes of PostgreSQL as Debezium writes them to Kafka: which, in which order, and after which failures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lakestand import probe
from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources.registration import register
from lakestand.stand.services import postgres
from tests.fixtures import events
from tests.fixtures.commit_lag import commit_lag
from tests.fixtures.debezium_connector import SERVICES, ConnectedTable, Register

pytestmark = pytest.mark.services(*SERVICES)

COLUMNS = "id INT PRIMARY KEY, n INT"
LAG_COMMITS, LAG_LIMIT_MS = 200, 5000


@pytest.fixture
def capture(debezium_connector: Register) -> ConnectedTable:
    """Return an empty table, whose connector is not registered yet."""
    return debezium_connector("postgres", COLUMNS)


def ops(records: list[events.Event]) -> str:
    """Return one letter for each event, and a dot for each tombstone."""
    return "".join(e.op or "." for e in records)


def test_insert_update_and_delete_arrive_with_their_rows(capture: ConnectedTable) -> None:
    capture.execute("ALTER TABLE {t} REPLICA IDENTITY FULL")
    capture.start()
    for statement in ("INSERT INTO {t} VALUES (1, 10)", "UPDATE {t} SET n = 11", "DELETE FROM {t}"):
        capture.execute(statement)

    records = capture.events(4)

    assert [(e.op, e.before, e.after) for e in records] == [
        ("c", None, {"id": 1, "n": 10}),
        ("u", {"id": 1, "n": 10}, {"id": 1, "n": 11}),
        ("d", {"id": 1, "n": 11}, None),
        ("", None, None),
    ]
    assert {e.key["id"] for e in records} == {1}


def test_a_rolled_back_transaction_leaves_no_event(capture: ConnectedTable) -> None:
    capture.start()
    with postgres.connect(capture.road.settings) as connection, connection.transaction(force_rollback=True):
        connection.execute(f"INSERT INTO {capture.table} SELECT i FROM generate_series(1, 50) i".encode())
    capture.execute("INSERT INTO {t} VALUES (51, 0)")

    assert [(e.op, e.key["id"]) for e in capture.events(1)] == [("c", 51)]


def test_the_order_of_commits_is_the_order_of_events(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} SELECT i, 0 FROM generate_series(0, 4) i")
    for n in range(1, 41):
        capture.execute(f"UPDATE {{t}} SET n = {n} WHERE id = {n % 5}")

    records = capture.events(45)

    assert [e.after["n"] for e in records if e.after] == [0] * 5 + list(range(1, 41))
    places = [e.source["lsn"] for e in records]
    assert places == sorted(places)


def test_rows_of_one_transaction_carry_its_number(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} VALUES (1, 1), (2, 2), (3, 3)")
    capture.execute("INSERT INTO {t} VALUES (4, 4)")

    first, second, third, other = (e.source["txId"] for e in capture.events(4))

    assert first == second == third != other


def test_a_changed_key_is_a_delete_and_an_insert(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} VALUES (1, 7)")
    capture.execute("UPDATE {t} SET id = 2")

    assert [(e.op, e.key["id"]) for e in capture.events(4)] == [("c", 1), ("d", 1), ("", 1), ("c", 2)]


def test_a_truncate_is_an_event_without_a_key(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} VALUES (1, 1)")
    capture.execute("TRUNCATE {t}")

    assert [(e.op, e.key) for e in capture.events(2)] == [("c", {"id": 1}), ("t", {})]


def test_a_stopped_connector_goes_on_where_it_stopped(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} VALUES (1, 1)")
    assert ops(capture.events(1)) == "c"
    capture.client.stop_connector(capture.config.name)
    capture.execute("INSERT INTO {t} SELECT i, i FROM generate_series(2, 20) i")
    capture.client.resume_connector(capture.config.name)
    capture.client.restart_connector(capture.config.name)
    capture.execute("INSERT INTO {t} VALUES (21, 21)")

    assert [e.key["id"] for e in capture.events(21)] == list(range(1, 22))


def test_a_heartbeat_confirms_the_log_while_other_tables_change(capture: ConnectedTable) -> None:
    capture.configure(heartbeat_interval_ms=200)
    capture.start()
    before = _confirmed(capture)
    capture.execute("CREATE TABLE {t}_other AS SELECT i FROM generate_series(1, 1000) i")
    capture.execute("DROP TABLE {t}_other")

    probe.until(lambda: _confirmed(capture) > before, 30, "a confirmed position after the other table's")
    assert len(events.read(capture.road.settings, f"__debezium-heartbeat.{capture.config.topic_prefix}", 3)) >= 3


def test_cdc_lag_within_threshold(capture: ConnectedTable, record_property: Callable[[str, object], None]) -> None:
    capture.start()

    lags = commit_lag(capture, LAG_COMMITS)

    summary = {what: str(lag) for what, lag in lags.items()}
    print(f"{LAG_COMMITS} commits: {summary}")
    record_property("lag_ms", {what: lag._asdict() for what, lag in lags.items()})
    assert lags["readable in Kafka"].most < LAG_LIMIT_MS, summary


def test_end_to_end_postgres_to_delta(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} SELECT i, i FROM generate_series(1, 200) i")
    capture.start()
    capture.execute("UPDATE {t} SET n = -n WHERE id <= 50")
    capture.execute("DELETE FROM {t} WHERE id > 180")

    capture.road.carry(200 + 50 + 20)
    difference = capture.road.compare().difference

    assert (difference.source_rows, difference.mirror_rows, difference.source_hash) == (
        180,
        180,
        difference.mirror_hash,
    )
    rows = {r["id"]: r["n"] for r in capture.road.mirror().to_pylist()}
    assert rows == {i: -i if i <= 50 else i for i in range(1, 181)}


def test_a_slot_in_use_is_refused_with_who_uses_it(capture: ConnectedTable, settings: Settings) -> None:
    capture.start()
    second = capture.config.model_copy(update={"name": f"{capture.config.name}-2", "slot_name": capture.config.slot})

    with pytest.raises(
        ServiceError, match=rf"replication slot {capture.config.slot} is in use by process \d+, .*list$"
    ):
        register(settings, second)
    assert second.name not in capture.client.list_connectors()


def _confirmed(capture: ConnectedTable) -> int:
    query = "SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE slot_name = %s"
    with postgres.connect(capture.road.settings) as connection:
        return int((connection.execute(query, [capture.config.slot]).fetchone() or (0,))[0])
