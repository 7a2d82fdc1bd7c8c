"""Kafka Connect's client, against a server that speaks Connect's answers."""

from __future__ import annotations

import pytest

from lakestand.errors import ErrorStatus, ServiceError
from lakestand.sources import connect
from lakestand.sources.connect import DebeziumClient
from tests.unit.clients.server import Answer, Script
from tests.unit.sources.answers import REBALANCING, REFUSED, SHOP, status


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


def test_a_rebalance_without_end_is_reported_with_the_command_that_helps(
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
    server.on("GET /connectors/shop/status", status("RUNNING", "RUNNING"), status("STOPPED"))
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
    server.on("GET /connectors/shop/status", status("STOPPED"))
    held: Answer = (500, {"error_code": 500, "message": "InvalidTxnStateException"})
    server.on("DELETE /connectors/shop/offsets", held, (200, {"message": "done"}))
    server.on("DELETE /connectors/shop", (204, None))

    assert client.ensure_deleted("shop") is True
    assert server.asked[-3:] == [*["DELETE /connectors/shop/offsets"] * 2, "DELETE /connectors/shop"]


def test_a_connector_that_is_deleted_while_all_are_read_is_left_out(server: Script, client: DebeziumClient) -> None:
    server.on("GET /connectors", (200, ["gone", "shop"]))
    server.on("GET /connectors/gone/status", (404, {"error_code": 404, "message": "No status found"}))
    server.on("GET /connectors/shop/status", (200, {"name": "shop"}))

    assert client.read_all(client.get_connector_status) == {"shop": {"name": "shop"}}
