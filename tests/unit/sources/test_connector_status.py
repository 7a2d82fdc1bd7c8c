"""Kafka Connect's client: when a connector runs, has failed or is given up, and what a restart changes of that."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lakestand.errors import ConnectorFailed, ErrorStatus
from lakestand.sources import connect
from lakestand.sources.connect import DebeziumClient, root_cause
from tests.unit.clients.server import Answer, Script
from tests.unit.sources.answers import NO_STATUS, REBALANCING, ROOT_CAUSE, SHOP, TRACE, status


@pytest.mark.parametrize(
    ("answer", "running"),
    [
        (status("RUNNING", "RUNNING"), True),
        (status("RUNNING", "RUNNING", "RUNNING"), True),
        (status("RUNNING"), False),
        (status("RUNNING", "UNASSIGNED"), False),
        (status("PAUSED", "RUNNING"), False),
        (status("RUNNING", "RUNNING", "RESTARTING"), False),
        (NO_STATUS, False),
    ],
)
def test_running_is_the_connector_and_all_its_tasks(
    server: Script, client: DebeziumClient, answer: Answer, running: bool
) -> None:
    server.on("GET /connectors/shop/status", answer)

    assert client.is_running("shop") is running


def test_an_error_of_the_status_is_not_taken_for_not_yet(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors/shop/status", (500, {"message": "Request timed out"}))

    with pytest.raises(ErrorStatus, match=r"500 Request timed out$"):
        client.is_running("shop")


def test_a_connector_without_a_status_right_after_create_is_waited_for(server: Script, client: DebeziumClient) -> None:
    steps = (NO_STATUS, status("UNASSIGNED"), status("RUNNING"), status("RUNNING", "RUNNING"))
    server.on("GET /connectors/shop/status", *steps)
    client.wait_until_running("shop", timeout=5)

    assert len(server.asked) == 4


def test_a_failed_task_ends_the_wait_at_once(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors/shop/status", status("RUNNING"), status("RUNNING", "FAILED"))
    began = time.monotonic()

    with pytest.raises(ConnectorFailed, match="password authentication failed"):
        client.wait_until_running("shop", timeout=60)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("answer", "last"), [(status("RUNNING"), "'state': 'RUNNING'"), (NO_STATUS, "404 No status found")]
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
    server.on("GET /connectors/shop/status", *[status("RUNNING", "FAILED")] * 3, status("RUNNING", "RUNNING"))
    client.restart_connector("shop")

    assert client.is_running("shop") is True


def test_another_configuration_outlives_the_failure_of_the_one_before(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, ["shop"]))
    server.on("GET /connectors/shop/config", (200, {"name": "shop"}))
    server.on("PUT /connectors/shop/config", (200, {}))
    server.on("GET /connectors/shop/status", *[status("RUNNING", "FAILED")] * 3, status("RUNNING", "RUNNING"))

    assert client.create_connector(SHOP) is True
    assert client.is_running("shop") is True


def test_a_task_that_fails_again_is_reported_with_its_cause(
    server: Script, client: DebeziumClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "STALE_SECONDS", 0.2)
    server.on("POST /connectors/shop/restart", (202, {}))
    server.on("GET /connectors/shop/status", status("RUNNING", "FAILED"))
    client.restart_connector("shop")

    with pytest.raises(ConnectorFailed, match="password authentication failed"):
        client.wait_until_running("shop")


@pytest.mark.parametrize(
    "answer", [status("RUNNING", "FAILED"), status("FAILED"), status("RUNNING", "RUNNING", "FAILED")]
)
def test_a_failed_part_is_reported_with_its_root_cause(server: Script, client: DebeziumClient, answer: Answer) -> None:
    server.on("GET /connectors/shop/status", answer)

    with pytest.raises(ConnectorFailed) as caught:
        client.is_running("shop")
    assert str(caught.value) == f"connector shop FAILED: {ROOT_CAUSE}"


@pytest.mark.parametrize(
    ("trace", "cause"),
    [
        (TRACE, ROOT_CAUSE),
        ("java.lang.OutOfMemoryError: heap\n\tat X", "java.lang.OutOfMemoryError: heap"),
        ("", ""),
    ],
)
def test_the_cause_is_the_last_one_of_the_trace(trace: str, cause: str) -> None:
    assert root_cause(trace) == cause
