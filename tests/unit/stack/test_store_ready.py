"""When the object store counts as ready: S3 answers before the volumes are there that hold the objects."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from lakestand import probe
from lakestand.services import minio
from tests.unit import plain


class Store(http.server.BaseHTTPRequestHandler):
    """S3's refusal of a stranger, and the master's answer about so many volumes."""

    volumes = 0

    def do_GET(self) -> None:
        """The master's path, or S3."""
        master = self.path == "/dir/status"
        self.send_response(200 if master else 403)
        self.end_headers()
        self.wfile.write(f'{{"Topology": {{"Max": {self.volumes}}}}}'.encode() if master else b"AccessDenied")

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield {"minio_port": server.server_port, "minio_master_port": server.server_port}
        server.shutdown()


def test_a_store_without_volumes_is_not_ready_though_s3_answers(ports: dict[str, int]) -> None:
    ready = minio.service(plain.settings(**ports)).ready

    assert "/dir/status: 200" in probe.answer(ready)


def test_a_store_with_volumes_is_ready(ports: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "volumes", 17)

    assert probe.answer(minio.service(plain.settings(**ports)).ready) == ""


def test_from_outside_of_containers_s3_alone_is_asked(ports: dict[str, int]) -> None:
    assert probe.answer(minio.service(plain.settings(runtime="compose", **ports)).ready) == ""
