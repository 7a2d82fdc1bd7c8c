"""Whatever is sent to the inbox, it answers, and goes on."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from lakestand.inbox import mail, page, web
from lakestand.inbox.api import Api
from lakestand.inbox.box import Box, Query
from lakestand.inbox.webhooks import Webhooks
from tests.unit.plain import SECRET


@dataclass(frozen=True)
class Pair:
    """Both servers over one box, at their ports."""

    box: Box
    webhooks: int
    api: int

    def post(self, path: str, body: bytes, **headers: str) -> requests.Response:
        return requests.post(f"http://127.0.0.1:{self.webhooks}{path}", data=body, headers=headers, timeout=10)

    def ask(self, path: str, method: str = "GET", **more: Any) -> requests.Response:  # noqa: ANN401  requests' own
        return requests.request(method, f"http://127.0.0.1:{self.api}{path}", timeout=10, **more)

    def bodies(self) -> list[object]:
        return [m["body"] for m in self.box.find(Query())]


@contextmanager
def serving(handler: type[web.Endpoint], box: Box) -> Iterator[int]:
    with web.create_server("127.0.0.1", 0, handler, box, SECRET) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def inbox() -> Iterator[Pair]:
    box = Box()
    with serving(Webhooks, box) as webhooks, serving(Api, box) as api:
        yield Pair(box, webhooks, api)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", ""),
        (b"no json", "no json"),
        (b"\xff\xfe\x00", "\ufffd\ufffd\x00"),
        (b"[NaN, Infinity]", ["NaN", "Infinity"]),
        (b'"\\ud800"', "\ud800"),
        (b"9" * 5000, "9" * 5000),
        (b"[" * 100_000, "[" * 100_000),
    ],
    ids=["empty", "text", "bytes", "no numbers", "half a character", "a long number", "deep"],
)
def test_a_body_that_is_no_json_is_kept_as_text(inbox: Pair, body: bytes, kept: object) -> None:
    assert inbox.post("/webhook", body).status_code == 200
    assert inbox.bodies() == [kept]
    assert inbox.ask("/api/messages").json()[0]["body"] == kept
    assert inbox.ask("/").status_code == 200


def test_slacks_form_is_read(inbox: Pair) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert inbox.post("/slack/T/B/x", b"payload=%7B%22text%22%3A+%22hi%22%7D", **form).status_code == 200
    assert inbox.bodies() == [{"text": "hi"}]


@pytest.mark.parametrize(("length", "status"), [("-1", 413), (str(2 << 20), 413), ("many", 400)])
def test_a_length_that_cannot_be_is_refused(inbox: Pair, length: str, status: int) -> None:
    line = http.client.HTTPConnection("127.0.0.1", inbox.webhooks, timeout=10)
    line.putrequest("POST", "/webhook")
    line.putheader("Content-Length", length)
    line.endheaders()

    assert line.getresponse().status == status
    line.close()
    assert inbox.post("/webhook", b'"next"').status_code == 200
    assert inbox.bodies() == ["next"]


def test_a_sender_that_goes_away_leaves_nothing(inbox: Pair) -> None:
    with socket.create_connection(("127.0.0.1", inbox.webhooks)) as line:
        line.sendall(b"POST /webhook HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")

    assert inbox.post("/webhook", b'"next"').status_code == 200
    assert inbox.bodies() == ["next"]


def test_a_wrong_token_is_refused_and_a_right_one_not_kept(inbox: Pair) -> None:
    assert inbox.post("/webhook", b"{}", Authorization="Bearer wrong").status_code == 401
    assert inbox.post("/webhook", f'"{SECRET}"'.encode(), Authorization=f"Bearer {SECRET}").status_code == 200

    (message,) = inbox.box.find(Query())
    assert (message["body"], message["headers"]["Authorization"], message["trusted"]) == ("***", "Bearer ***", True)


def test_pagerduty_is_answered_as_by_pagerduty(inbox: Pair) -> None:
    answer = inbox.post("/pagerduty", b'{"dedup_key": "k"}')

    assert (answer.status_code, answer.json()["dedup_key"]) == (202, "k")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("GET", "/runbook/Nothing", None, 404),
        ("GET", "/runbook/..%2F..%2Fetc%2Fpasswd", None, 404),
        ("GET", "/api/messages?since=yesterday", None, 400),
        ("GET", "/api/wait?count=many", None, 400),
        ("DELETE", "/api/messages?since=x", None, 400),
        ("DELETE", "/", None, 404),
        ("POST", "/", b"{}", 404),
        ("POST", "/api/faults", b"[]", 400),
        ("POST", "/api/faults", b'{"channel": "slack"}', 400),
        ("POST", "/api/faults", b'{"channel": "slack", "status": 200, "times": 1}', 400),
    ],
)
def test_a_request_that_means_nothing_is_answered(
    inbox: Pair, method: str, path: str, body: bytes | None, status: int
) -> None:
    assert inbox.ask(path, method, data=body).status_code == status
    assert inbox.ask("/health").json() == {"status": "ok"}


def test_nothing_of_a_message_is_markup_on_the_page() -> None:
    box = Box()
    box.add("<script>", {}, "<img src=x onerror=alert(1)>", subject="<b>")

    shown = page.render_messages(box.find(Query()))
    assert [mark for mark in ("<script>", "<img", "<b>") if mark in shown] == []
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail(content: bytes) -> None:
    assert {"headers", "body"} <= mail.parse(content).keys()


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: =?nothing?q?x?=\r\nContent-Type: text/plain; charset=nothing\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\n--x",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"From: <\r\nTo: ,;<>@\r\nDate: x\r\nMessage-Id: <[>\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
    ],
)
def test_a_broken_mail_is_kept(content: bytes) -> None:
    assert isinstance(mail.parse(content)["body"], str)


def test_a_mail_with_two_bodies_gives_both() -> None:
    content = (
        b"Subject: =?utf-8?q?=C3=A9?=\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\none\r\ntwo\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>one"
        b"\r\n--x--\r\n"
    )

    found = mail.parse(content)
    assert (found["subject"], found["body"].strip(), found["html"].strip()) == ("é", "one\ntwo", "<p>one")
