"""The Schema Registry's client: what it is given, how often it asks, and for whom; against a prepared server."""

from __future__ import annotations

import base64
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr, ValidationError

from lakestand.clients.registry import Registry, SchemaRegistryConfig
from lakestand.errors import ServiceError
from tests.unit.clients.server import Script


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("compatibility_mode", "BACKWARD"),
        ("timeout_seconds", 30),
        ("max_retries", 3),
        ("username", ""),
        ("password", SecretStr("")),
    ],
)
def test_a_default_is_that_of_the_specification(name: str, value: object) -> None:
    assert getattr(SchemaRegistryConfig(url="http://x"), name) == value


def test_a_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="compatibility_mode"):
        SchemaRegistryConfig.model_validate({"url": "http://x", "compatibility_mode": "SIDEWARD"})


@dataclass
class Shaky:
    """A server that hangs up *refuses* times before it answers; *asked* are the users of the requests."""

    refuses: int
    asked: list[str | None] = field(default_factory=list)
    url: str = ""


@contextmanager
def shaking(shaky: Shaky) -> Iterator[Shaky]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shaky.asked.append(self.headers.get("Authorization"))
            if len(shaky.asked) > shaky.refuses:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'["a"]')

        def log_message(self, *_args: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shaky.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield shaky
        server.shutdown()


def test_a_lost_answer_is_asked_for_again() -> None:
    with shaking(Shaky(refuses=2)) as server:
        assert Registry(SchemaRegistryConfig(url=server.url)).subjects() == ["a"]

    assert len(server.asked) == 3


@pytest.mark.parametrize("retries", [1, 2])
def test_a_registry_that_never_answers_is_asked_as_often_as_said(retries: int) -> None:
    with shaking(Shaky(refuses=9)) as server:
        config = SchemaRegistryConfig(url=server.url, max_retries=retries)
        with pytest.raises(ServiceError, match=rf"GET {server.url}/subjects: ConnectionError; .*invoke up"):
            Registry(config).subjects()

    assert len(server.asked) == retries


def test_an_answer_takes_no_longer_than_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(ServiceError, match=f"GET {url}/subjects: ReadTimeout"):
            Registry(SchemaRegistryConfig(url=url, timeout_seconds=0.2, max_retries=2)).subjects()

    assert 0.4 < time.monotonic() - began < 3


def test_a_user_is_said_in_every_request_and_shown_in_none_of_its_texts() -> None:
    with shaking(Shaky(refuses=0)) as server:
        config = SchemaRegistryConfig(url=server.url, username="me", password=SecretStr("hunter2"))
        Registry(config).subjects()

    assert server.asked == [f"Basic {base64.b64encode(b'me:hunter2').decode()}"]
    assert "hunter2" not in repr(Registry(config))


def test_a_subject_of_any_name_is_one_part_of_the_path(server: Script) -> None:
    server.on("GET /subjects/a%2Fb%3F%20%C3%A9-value/versions", (200, [2, 1]))

    assert Registry(SchemaRegistryConfig(url=server.url)).versions("a/b? é-value") == [1, 2]
