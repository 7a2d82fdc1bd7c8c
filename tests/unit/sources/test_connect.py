"""Kafka Connect's client, against a server that speaks Connect's answers."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lakestand.errors import ConnectorFailed, ErrorStatus, ServiceError
from lakestand.sources import connect
from lakestand.sources.connect import DebeziumClient, root_cause
from lakestand.sources.connector import DebeziumConnectorConfig
from tests.unit.clients.server import Answer, Script

SHOP = DebeziumConnectorConfig.model_validate(
    {"name": "shop", "database_password": "hunter2", "database_dbname": "shop", "topic_prefix": "shop"}
)
REBALANCING: Answer = (409, {"error_code": 409, "message": "Cannot complete request: rebalance is expected"})
REFUSED: Answer = (500, {"error_code": 500, "message": "Request cannot be completed because a rebalance is expected"})
NO_STATUS: Answer = (404, {"error_code": 404, "message": "No status found for connector shop"})
TRACE = (
    "org.apache.kafka.connect.errors.ConnectException: Error configuring an instance\n"
    "\tat io.debezium.Task.start(Task.java:1)\n"
    "Caused by: io.debezium.DebeziumException: Unable to obtain\n"
    "\t... 12 more\n"
    'Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "x"\n'
    "\tat org.postgresql.Driver.connect(Driver.java:2)\n"
)
ROOT = 'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "x"'


def state(connector: str, *tasks: str) -> Answer:
    """A status; what FAILED has a trace."""
    parts = [{"state": s} | ({"trace": TRACE} if s == "FAILED" else {}) for s in (connector, *tasks)]
    return 200, {"name": "shop", "connector": parts[0], "tasks": parts[1:]}


@pytest.fixture
def client(server: Script) -> DebeziumClient:
    return DebeziumClient(server.url)


def test_a_new_connector_is_put(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, []))
    server.on("PUT /connectors/shop/config", (201, {}))

    assert client.create_connector(SHOP) is True
    assert server.bodies[-1] == SHOP.to_dict()


def test_a_connector_that_is_there_as_wanted_is_left_alone(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, ["shop"]))
    server.on("GET /connectors/shop/config", (200, SHOP.to_dict() | {"name": "shop"}))

    assert client.create_connector(SHOP) is False
    assert [asked for asked in server.asked if asked.startswith("PUT")] == []


def test_a_connector_with_another_configuration_is_brought_up_to_date(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, ["shop"]))
    server.on("GET /connectors/shop/config", (200, SHOP.to_dict() | {"name": "shop", "tasks.max": "2"}))
    server.on("PUT /connectors/shop/config", (200, {}))

    assert client.create_connector(SHOP) is True
    assert [body for body in server.bodies if body] == [SHOP.to_dict()]


def test_create_waits_for_the_end_of_a_rebalance(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, []))
    server.on("PUT /connectors/shop/config", REBALANCING, REBALANCING, (201, {}))

    assert client.create_connector(SHOP) is True
    assert server.asked.count("PUT /connectors/shop/config") == 3


def test_delete_waits_for_the_end_of_a_rebalance(server: Script, client: DebeziumClient) -> None:
    server.on("DELETE /connectors/shop", REBALANCING, (204, None))
    client.delete_connector("shop")

    assert server.asked == ["DELETE /connectors/shop"] * 2


def test_a_get_that_a_rebalance_refuses_with_500_is_asked_again(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", REFUSED, (200, ["shop"]))
    server.on("GET /connectors/shop", REFUSED, REFUSED, (200, {"name": "shop"}))

    assert client.list_connectors() == ["shop"]
    assert client.get_connector("shop") == {"name": "shop"}
    assert server.asked.count("GET /connectors/shop") == 3


def test_a_listing_that_met_a_deletion_and_says_500_without_a_message_is_asked_again(
    server: Script, client: DebeziumClient
) -> None:
    server.on("GET /connectors", (500, {"error_code": 500, "message": None}), (200, ["shop"]))

    assert client.list_connectors() == ["shop"]


def test_a_rebalance_without_end_is_told_with_what_helps(
    server: Script, client: DebeziumClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "REBALANCE_SECONDS", 0.2)
    server.on("DELETE /connectors/shop", REBALANCING)

    told = r"^Kafka Connect: end of Connect's rebalance: not within 0\.2 s; invoke logs connect$"
    with pytest.raises(ServiceError, match=told):
        client.delete_connector("shop")


@pytest.mark.parametrize("status", [400, 404, 500])
def test_another_error_than_a_rebalance_is_raised_at_once(server: Script, client: DebeziumClient, status: int) -> None:
    server.on("DELETE /connectors/shop", (status, {"error_code": status, "message": "no"}), (204, None))

    with pytest.raises(ErrorStatus, match=rf"^DELETE {server.url}/connectors/shop: {status} no$"):
        client.delete_connector("shop")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "running"),
    [
        (state("RUNNING", "RUNNING"), True),
        (state("RUNNING", "RUNNING", "RUNNING"), True),
        (state("RUNNING"), False),
        (state("RUNNING", "UNASSIGNED"), False),
        (state("PAUSED", "RUNNING"), False),
        (state("RUNNING", "RUNNING", "RESTARTING"), False),
        (NO_STATUS, False),
    ],
)
def test_running_is_the_connector_and_all_its_tasks(
    server: Script, client: DebeziumClient, answer: Answer, running: bool
) -> None:
    server.on("GET /connectors/shop/status", answer)

    assert client.is_running("shop") is running


@pytest.mark.parametrize("answer", [state("RUNNING", "FAILED"), state("FAILED"), state("RUNNING", "RUNNING", "FAILED")])
def test_a_failed_part_is_told_by_its_root_cause(server: Script, client: DebeziumClient, answer: Answer) -> None:
    server.on("GET /connectors/shop/status", answer)

    with pytest.raises(ConnectorFailed) as caught:
        client.is_running("shop")
    assert str(caught.value) == f"connector shop FAILED: {ROOT}"


def test_an_error_of_the_status_is_not_taken_for_not_yet(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors/shop/status", (500, {"message": "Request timed out"}))

    with pytest.raises(ErrorStatus, match=r"500 Request timed out$"):
        client.is_running("shop")


def test_a_connector_without_a_status_right_after_create_is_waited_for(server: Script, client: DebeziumClient) -> None:
    steps = (NO_STATUS, state("UNASSIGNED"), state("RUNNING"), state("RUNNING", "RUNNING"))
    server.on("GET /connectors/shop/status", *steps)
    client.wait_until_running("shop", timeout=5)

    assert len(server.asked) == 4


def test_a_failed_task_ends_the_wait_at_once(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors/shop/status", state("RUNNING"), state("RUNNING", "FAILED"))
    began = time.monotonic()

    with pytest.raises(ConnectorFailed, match="password authentication failed"):
        client.wait_until_running("shop", timeout=60)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("answer", "last"), [(state("RUNNING"), "'state': 'RUNNING'"), (NO_STATUS, "404 No status found")]
)
def test_a_connector_that_never_runs_is_given_up_with_its_last_state(
    server: Script, client: DebeziumClient, answer: Answer, last: str
) -> None:
    server.on("GET /connectors/shop/status", answer)

    with pytest.raises(ConnectorFailed, match=r"^connector shop RUNNING: not within 0\.2 s; its state: ") as caught:
        client.wait_until_running("shop", timeout=0.2)
    assert last in str(caught.value)


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, "includeTasks=true&onlyFailed=false"),
        ({"only_failed": True}, "includeTasks=true&onlyFailed=true"),
        ({"include_tasks": False}, "includeTasks=false&onlyFailed=false"),
    ],
)
def test_restart_says_what_to_restart(
    server: Script, client: DebeziumClient, options: dict[str, Any], query: str
) -> None:
    server.on("POST /connectors/shop/restart", REBALANCING, (202, {}))
    client.restart_connector("shop", **options)

    assert server.asked == [*[f"POST /connectors/shop/restart?{query}"] * 2, "GET /connectors/shop/status"]


def test_a_restart_outlives_the_failure_that_it_ends(server: Script, client: DebeziumClient) -> None:
    server.on("POST /connectors/shop/restart", (202, {}))
    server.on("GET /connectors/shop/status", *[state("RUNNING", "FAILED")] * 3, state("RUNNING", "RUNNING"))
    client.restart_connector("shop")

    assert client.is_running("shop") is True


def test_another_configuration_outlives_the_failure_of_the_one_before(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, ["shop"]))
    server.on("GET /connectors/shop/config", (200, {"name": "shop"}))
    server.on("PUT /connectors/shop/config", (200, {}))
    server.on("GET /connectors/shop/status", *[state("RUNNING", "FAILED")] * 3, state("RUNNING", "RUNNING"))

    assert client.create_connector(SHOP) is True
    assert client.is_running("shop") is True


def test_what_fails_again_is_told_by_its_cause(
    server: Script, client: DebeziumClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "STALE_SECONDS", 0.2)
    server.on("POST /connectors/shop/restart", (202, {}))
    server.on("GET /connectors/shop/status", state("RUNNING", "FAILED"))
    client.restart_connector("shop")

    with pytest.raises(ConnectorFailed, match="password authentication failed"):
        client.wait_until_running("shop")


def test_connectors_are_listed_in_order(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, ["b", "a"]))

    assert client.list_connectors() == ["a", "b"]
    assert [client.connector_exists(name) for name in ("a", "c")] == [True, False]


def test_what_is_not_there_need_not_be_deleted(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, []))

    assert client.ensure_deleted("shop") is False
    assert server.asked == ["GET /connectors"]


def test_deleting_stops_the_tasks_before_it_drops_their_offsets(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, ["shop"]))
    server.on("PUT /connectors/shop/stop", REBALANCING, (204, None))
    server.on("GET /connectors/shop/status", state("RUNNING", "RUNNING"), state("STOPPED"))
    server.on("DELETE /connectors/shop/offsets", (200, {"message": "done"}))
    server.on("DELETE /connectors/shop", (204, None))

    assert client.ensure_deleted("shop") is True
    assert list(dict.fromkeys(server.asked)) == [
        *("GET /connectors", "PUT /connectors/shop/stop", "GET /connectors/shop/status"),
        *("DELETE /connectors/shop/offsets", "DELETE /connectors/shop"),
    ]


def test_offsets_that_a_transaction_still_holds_are_dropped_when_it_has_ended(
    server: Script, client: DebeziumClient
) -> None:
    server.on("GET /connectors", (200, ["shop"]))
    server.on("PUT /connectors/shop/stop", (204, None))
    server.on("GET /connectors/shop/status", state("STOPPED"))
    held: Answer = (500, {"error_code": 500, "message": "InvalidTxnStateException"})
    server.on("DELETE /connectors/shop/offsets", held, (200, {"message": "done"}))
    server.on("DELETE /connectors/shop", (204, None))

    assert client.ensure_deleted("shop") is True
    assert server.asked[-3:] == [*["DELETE /connectors/shop/offsets"] * 2, "DELETE /connectors/shop"]


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        (TRACE, ROOT),
        ("java.lang.OutOfMemoryError: heap\n\tat X", "java.lang.OutOfMemoryError: heap"),
        ("", ""),
    ],
)
def test_the_cause_is_the_last_one_of_the_trace(trace: str, told: str) -> None:
    assert root_cause(trace) == told
