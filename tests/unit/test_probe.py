"""Probes: what counts as ready, and what a refusal says."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from lakestand import probe
from lakestand.errors import NotReady
from tests.unit.stand.toy import free_port


class Hello(http.server.BaseHTTPRequestHandler):
    """Answers /<status> with that status."""

    def do_GET(self) -> None:
        """The status, and one word."""
        self.send_response(int(self.path[1:]))
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server.server_port
        server.shutdown()


def refuse() -> None:
    raise NotReady("not yet")


def accept() -> None:
    """Ready."""


def test_an_open_port_is_ready(port: int) -> None:
    assert probe.explain(probe.tcp("127.0.0.1", port)) == ""


def test_a_closed_port_is_named_with_the_systems_reason() -> None:
    closed = free_port()

    assert probe.explain(probe.tcp("127.0.0.1", closed)) == f"tcp 127.0.0.1:{closed}: Connection refused"


def test_a_2xx_answer_is_ready(port: int) -> None:
    assert probe.explain(probe.http(f"http://127.0.0.1:{port}/204")) == ""


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_an_error_status_is_reported_with_the_address_and_the_answer(port: int, status: int) -> None:
    url = f"http://127.0.0.1:{port}/{status}"

    assert probe.explain(probe.http(url)) == f"GET {url}: {status} 'hello'"


def test_accept_decides_instead_of_the_status(port: int) -> None:
    refuses = probe.http(f"http://127.0.0.1:{port}/403", accept=lambda r: r.status_code == 403)
    answers = probe.http(f"http://127.0.0.1:{port}/200", accept=lambda r: r.status_code == 403)

    assert probe.explain(refuses) == ""
    assert probe.explain(answers).endswith("/200: 200 'hello'")


def test_an_answer_that_accept_cannot_read_is_not_ready_yet(port: int) -> None:
    """Some servers answer with a page, or with nothing, while they start."""
    waiting = probe.http(f"http://127.0.0.1:{port}/200", accept=lambda r: bool(r.json()["ready"]))

    assert probe.explain(waiting) == f"GET http://127.0.0.1:{port}/200: 200 'hello'"


def test_nobody_listening_is_reported_in_one_short_line() -> None:
    url = f"http://127.0.0.1:{free_port()}/"

    assert probe.explain(probe.http(url)) == f"GET {url}: [Errno 111] Connection refused"


def test_the_second_probe_is_not_asked_before_the_first_passes() -> None:
    asked: list[str] = []
    cheap_refuses = probe.both(refuse, lambda: asked.append("costly"))

    assert probe.explain(cheap_refuses) == "not yet"
    assert asked == []


@pytest.mark.parametrize(("first", "second", "reason"), [(accept, accept, ""), (accept, refuse, "not yet")])
def test_both_gives_the_seconds_answer_once_the_first_passes(
    first: probe.Probe, second: probe.Probe, reason: str
) -> None:
    assert probe.explain(probe.both(first, second)) == reason
