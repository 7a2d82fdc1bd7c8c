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
def made(debezium_connector: Register) -> ConnectedTable:
    """A table without rows, not yet captured."""
    return debezium_connector("postgres", COLUMNS)


def ops(found: list[events.Event]) -> str:
    """One letter an event; a tombstone is a dot."""
    return "".join(e.op or "." for e in found)


def test_insert_update_and_delete_arrive_with_their_rows(made: ConnectedTable) -> None:
    made.execute("ALTER TABLE {t} REPLICA IDENTITY FULL")
    made.start()
    for statement in ("INSERT INTO {t} VALUES (1, 10)", "UPDATE {t} SET n = 11", "DELETE FROM {t}"):
        made.execute(statement)

    found = made.events(4)

    assert [(e.op, e.before, e.after) for e in found] == [
        ("c", None, {"id": 1, "n": 10}),
        ("u", {"id": 1, "n": 10}, {"id": 1, "n": 11}),
        ("d", {"id": 1, "n": 11}, None),
        ("", None, None),
    ]
    assert {e.key["id"] for e in found} == {1}


def test_a_rolled_back_transaction_leaves_no_event(made: ConnectedTable) -> None:
    made.start()
    with postgres.connect(made.road.settings) as connection, connection.transaction(force_rollback=True):
        connection.execute(f"INSERT INTO {made.table} SELECT i FROM generate_series(1, 50) i".encode())
    made.execute("INSERT INTO {t} VALUES (51, 0)")

    assert [(e.op, e.key["id"]) for e in made.events(1)] == [("c", 51)]


def test_the_order_of_commits_is_the_order_of_events(made: ConnectedTable) -> None:
    made.start()
    made.execute("INSERT INTO {t} SELECT i, 0 FROM generate_series(0, 4) i")
    for n in range(1, 41):
        made.execute(f"UPDATE {{t}} SET n = {n} WHERE id = {n % 5}")

    found = made.events(45)

    assert [e.after["n"] for e in found if e.after] == [0] * 5 + list(range(1, 41))
    places = [e.source["lsn"] for e in found]
    assert places == sorted(places)


def test_rows_of_one_transaction_carry_its_number(made: ConnectedTable) -> None:
    made.start()
    made.execute("INSERT INTO {t} VALUES (1, 1), (2, 2), (3, 3)")
    made.execute("INSERT INTO {t} VALUES (4, 4)")

    first, second, third, other = (e.source["txId"] for e in made.events(4))

    assert first == second == third != other


def test_a_changed_key_is_a_delete_and_an_insert(made: ConnectedTable) -> None:
    made.start()
    made.execute("INSERT INTO {t} VALUES (1, 7)")
    made.execute("UPDATE {t} SET id = 2")

    assert [(e.op, e.key["id"]) for e in made.events(4)] == [("c", 1), ("d", 1), ("", 1), ("c", 2)]


def test_a_truncate_is_an_event_without_a_key(made: ConnectedTable) -> None:
    made.start()
    made.execute("INSERT INTO {t} VALUES (1, 1)")
    made.execute("TRUNCATE {t}")

    assert [(e.op, e.key) for e in made.events(2)] == [("c", {"id": 1}), ("t", {})]


def test_a_stopped_connector_goes_on_where_it_stopped(made: ConnectedTable) -> None:
    made.start()
    made.execute("INSERT INTO {t} VALUES (1, 1)")
    assert ops(made.events(1)) == "c"
    made.client.stop_connector(made.config.name)
    made.execute("INSERT INTO {t} SELECT i, i FROM generate_series(2, 20) i")
    made.client.resume_connector(made.config.name)
    made.client.restart_connector(made.config.name)
    made.execute("INSERT INTO {t} VALUES (21, 21)")

    assert [e.key["id"] for e in made.events(21)] == list(range(1, 22))


def test_a_heartbeat_confirms_the_log_while_other_tables_change(made: ConnectedTable) -> None:
    made.configure(heartbeat_interval_ms=200)
    made.start()
    before = _confirmed(made)
    made.execute("CREATE TABLE {t}_other AS SELECT i FROM generate_series(1, 1000) i")
    made.execute("DROP TABLE {t}_other")

    probe.until(lambda: _confirmed(made) > before, 30, "a confirmed position after the other table's")
    assert len(events.read(made.road.settings, f"__debezium-heartbeat.{made.config.topic_prefix}", 3)) >= 3


def test_cdc_lag_within_threshold(made: ConnectedTable, record_property: Callable[[str, object], None]) -> None:
    made.start()

    found = commit_lag(made, LAG_COMMITS)

    told = {what: str(lag) for what, lag in found.items()}
    print(f"{LAG_COMMITS} commits: {told}")
    record_property("lag_ms", {what: lag._asdict() for what, lag in found.items()})
    assert found["readable in Kafka"].most < LAG_LIMIT_MS, told


def test_end_to_end_postgres_to_delta(made: ConnectedTable) -> None:
    made.execute("INSERT INTO {t} SELECT i, i FROM generate_series(1, 200) i")
    made.start()
    made.execute("UPDATE {t} SET n = -n WHERE id <= 50")
    made.execute("DELETE FROM {t} WHERE id > 180")

    made.road.carry(200 + 50 + 20)
    found = made.road.compare().difference

    assert (found.source_rows, found.mirror_rows, found.source_hash) == (180, 180, found.mirror_hash)
    rows = {r["id"]: r["n"] for r in made.road.mirror().to_pylist()}
    assert rows == {i: -i if i <= 50 else i for i in range(1, 181)}


def test_a_slot_in_use_is_refused_with_who_uses_it(made: ConnectedTable, settings: Settings) -> None:
    made.start()
    second = made.config.model_copy(update={"name": f"{made.config.name}-2", "slot_name": made.config.slot})

    with pytest.raises(ServiceError, match=rf"replication slot {made.config.slot} is in use by process \d+, .*list$"):
        register(settings, second)
    assert second.name not in made.client.list_connectors()


def _confirmed(made: ConnectedTable) -> int:
    query = "SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE slot_name = %s"
    with postgres.connect(made.road.settings) as connection:
        return int((connection.execute(query, [made.config.slot]).fetchone() or (0,))[0])
