"""Changes of MySQL as Debezium writes them to Kafka: from its binary log, with GTIDs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from lakestand import probe
from lakestand.errors import ServiceError
from lakestand.sources.mysql import MySQL
from tests.fixtures.debezium_connector import SERVICES, ConnectedTable, Register

pytestmark = pytest.mark.services(*SERVICES)

COLUMNS = "id INT PRIMARY KEY, n INT, note MEDIUMTEXT CHARACTER SET utf8mb4"


@pytest.fixture
def capture(debezium_connector: Register) -> ConnectedTable:
    """Return an empty table, whose connector is not registered yet."""
    return debezium_connector("mysql", COLUMNS)


def transaction(capture: ConnectedTable, *statements: str, commit: bool = True) -> None:
    """Run all statements in one transaction; {t} stands for the table."""
    assert isinstance(capture.road.source, MySQL)
    with capture.road.source.connect() as connection, connection.cursor() as cursor:
        connection.begin()
        for statement in statements:
            cursor.execute(statement.replace("{t}", capture.table))
        if commit:
            connection.commit()
        else:
            connection.rollback()


def test_insert_update_and_delete_arrive_with_their_rows(capture: ConnectedTable) -> None:
    capture.start()
    for statement in ("INSERT INTO {t} VALUES (1, 10, 'a')", "UPDATE {t} SET n = 11", "DELETE FROM {t}"):
        capture.execute(statement)

    records = capture.events(4)

    assert [(e.op, e.before, e.after) for e in records] == [
        ("c", None, {"id": 1, "n": 10, "note": "a"}),
        ("u", {"id": 1, "n": 10, "note": "a"}, {"id": 1, "n": 11, "note": "a"}),
        ("d", {"id": 1, "n": 11, "note": "a"}, None),
        ("", None, None),
    ]


def test_every_transaction_has_a_gtid_of_its_own_later_ones_a_greater(capture: ConnectedTable) -> None:
    capture.start()
    for number in range(3):
        capture.execute(f"INSERT INTO {{t}} (id) VALUES ({number})")

    gtids = [e.source["gtid"] for e in capture.events(3)]

    servers, _, numbers = zip(*(g.rpartition(":" if ":" in g else "-") for g in gtids), strict=True)
    assert len(set(servers)) == 1
    first, second, third = map(int, numbers)  # other clients' transactions may lie between
    assert first < second < third


def test_rows_of_one_transaction_share_its_gtid_and_keep_their_order(capture: ConnectedTable) -> None:
    capture.start()
    transaction(capture, "INSERT INTO {t} (id) VALUES (1), (2)", "UPDATE {t} SET n = 5", "DELETE FROM {t} WHERE id = 1")

    records = capture.events(6)

    assert [(e.op, e.key["id"]) for e in records] == [("c", 1), ("c", 2), ("u", 1), ("u", 2), ("d", 1), ("", 1)]
    assert len({e.source["gtid"] for e in records if e.op}) == 1


def test_every_event_names_its_place_in_the_binary_log(capture: ConnectedTable) -> None:
    capture.start()
    for number in range(5):
        capture.execute(f"INSERT INTO {{t}} (id) VALUES ({number})")

    places = [(e.source["file"], e.source["pos"]) for e in capture.events(5)]

    assert places == sorted(set(places))
    assert {file.partition(".")[0] for file, _ in places} == {"binlog"}


def test_a_rolled_back_transaction_leaves_no_event(capture: ConnectedTable) -> None:
    capture.start()
    transaction(capture, "INSERT INTO {t} (id) VALUES (1), (2)", commit=False)
    capture.execute("INSERT INTO {t} (id) VALUES (3)")

    assert [(e.op, e.key["id"]) for e in capture.events(1)] == [("c", 3)]


def test_emoji_and_a_large_text_arrive_unchanged(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} VALUES (1, 0, '👩‍👩‍👧 naïve Ĳ 𝄞')")
    capture.start()
    large = "0123456789abcdef🦆" * 60_000
    capture.execute("INSERT INTO {t} VALUES (2, 0, %s)", large)

    snapshot, streamed = (e.after for e in capture.events(2))

    assert snapshot == {"id": 1, "n": 0, "note": "👩‍👩‍👧 naïve Ĳ 𝄞"}
    assert streamed == {"id": 2, "n": 0, "note": large}


def test_ddl_changes_the_rows_that_follow_and_is_no_event_itself(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} VALUES (1, 1, 'a')")
    capture.execute("ALTER TABLE {t} ADD COLUMN extra INT DEFAULT 9, DROP COLUMN note")
    capture.execute("INSERT INTO {t} (id, n) VALUES (2, 2)")
    capture.execute("ALTER TABLE {t} RENAME COLUMN extra TO more, MODIFY n BIGINT")
    capture.execute("INSERT INTO {t} VALUES (3, 4294967296, 3)")

    assert [e.after for e in capture.events(3)] == [
        {"id": 1, "n": 1, "note": "a"},
        {"id": 2, "n": 2, "extra": 9},
        {"id": 3, "n": 4294967296, "more": 3},
    ]


def test_a_truncate_is_an_event(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} (id) VALUES (1)")
    capture.execute("TRUNCATE TABLE {t}")

    assert [e.op for e in capture.events(2)] == ["c", "t"]


def test_a_stopped_connector_goes_on_where_it_stopped(capture: ConnectedTable) -> None:
    capture.start()
    capture.execute("INSERT INTO {t} (id) VALUES (1)")
    assert len(capture.events(1)) == 1
    capture.client.stop_connector(capture.config.name)
    capture.execute("INSERT INTO {t} (id) VALUES (2)")
    capture.execute("FLUSH BINARY LOGS")
    capture.execute("INSERT INTO {t} (id) VALUES (3)")
    capture.client.resume_connector(capture.config.name)
    capture.execute("INSERT INTO {t} (id) VALUES (4)")

    assert [e.key["id"] for e in capture.events(4)] == [1, 2, 3, 4]


def test_readers_of_the_log_are_found_while_another_statement_is_cut_inside_a_character(
    capture: ConnectedTable,
) -> None:
    capture.start()
    assert isinstance(capture.road.source, MySQL)
    sleeping = "SELECT count(*) FROM information_schema.processlist WHERE state = 'User sleep'"
    with ThreadPoolExecutor(1) as pool, capture.road.source.connect() as connection:
        statement = pool.submit(capture.execute, f"SELECT SLEEP(1), '{'🦆' * 50}'")  # byte 100 is the third of a letter

        def runs() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(sleeping)
                return cursor.fetchone() != (0,)

        probe.until(runs, 5, "the statement")
        assert len(capture.road.source.readers(capture.config)) > 0
        statement.result()


def test_end_to_end_mysql_to_delta(capture: ConnectedTable) -> None:
    capture.execute("INSERT INTO {t} VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')")
    capture.start()
    capture.execute("UPDATE {t} SET note = 'B' WHERE id = 2")
    capture.execute("DELETE FROM {t} WHERE id = 3")

    capture.road.carry(5)
    difference = capture.road.compare().difference

    assert (difference.source_rows, difference.mirror_rows, difference.source_hash) == (2, 2, difference.mirror_hash)
    assert sorted((r["id"], r["note"]) for r in capture.road.mirror().to_pylist()) == [(1, "a"), (2, "B")]


def test_a_wrong_password_is_refused_before_connect_hears_of_it(capture: ConnectedTable) -> None:
    capture.configure(database_password=SecretStr("hunter2"))

    with pytest.raises(ServiceError, match=r"does not let .* in: Access denied.*LAKESTAND_MYSQL_PASSWORD") as caught:
        capture.start()
    assert "hunter2" not in str(caught.value)
    assert capture.config.name not in capture.client.list_connectors()
