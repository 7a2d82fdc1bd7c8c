"""One request: what comes back, and what an error says."""

from __future__ import annotations

import socket
import time

import pytest

from lakestand.clients import http
from lakestand.clients.http import call
from lakestand.errors import ErrorStatus, ServiceError
from tests.unit.clients.server import Script
from tests.unit.stand.toy import free_port


@pytest.mark.parametrize("body", [{"a": [1, None]}, [], ["x"], 0, False, ""])
def test_an_answer_is_its_decoded_json(server: Script, body: object) -> None:
    server.on("GET /x", (200, body if body != "" else '""'))

    assert call("GET", f"{server.url}/x") == body


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_without_a_body_is_none(server: Script, status: int) -> None:
    server.on("DELETE /x", (status, None))

    assert call("DELETE", f"{server.url}/x") is None


def test_a_body_and_parameters_are_sent(server: Script) -> None:
    server.on("POST /x", (201, {}))
    call("POST", f"{server.url}/x", {"a": 1}, onlyFailed="true")

    assert server.asked == ["POST /x?onlyFailed=true"]
    assert server.bodies == [{"a": 1}]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"error_code": 500, "message": "Table is missing"}, "Table is missing"),
        ({"error": "x"}, "{'error': 'x'}"),
        (["x"], "['x']"),
        ("<html>Bad gateway</html>\n", "<html>Bad gateway</html>"),
        ("x" * 400, "x" * 300),
        (None, ""),
    ],
    ids=["message", "other object", "list", "text", "long text", "nothing"],
)
def test_an_error_status_tells_what_was_asked_and_answered(server: Script, body: object, told: str) -> None:
    server.on("PUT /x", (500, body))

    with pytest.raises(ErrorStatus) as caught:
        call("PUT", f"{server.url}/x")
    assert str(caught.value) == f"PUT {server.url}/x: 500 {told}".rstrip() + (" " if not told else "")
    assert caught.value.status == 500


def test_nobody_listening_is_told_with_what_helps() -> None:
    url = f"http://127.0.0.1:{free_port()}/x"

    with pytest.raises(ServiceError) as caught:
        call("GET", url)
    assert str(caught.value) == f"GET {url}: ConnectionError; does it run? invoke status"


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.2))
    began = time.monotonic()

    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(ServiceError, match=r": ReadTimeout; "),
    ):
        call("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/x")
    assert time.monotonic() - began < 3


def test_nobody_waits_for_ever() -> None:
    assert http.TIMEOUT == (5, 30)


def test_an_answer_that_is_no_json_is_told_as_the_services_error(server: Script) -> None:
    server.on("GET /x", (200, "<html>a page</html>"))

    with pytest.raises(ServiceError, match=r"GET .*/x: 200 but no JSON: <html>a page</html>"):
        call("GET", f"{server.url}/x")
