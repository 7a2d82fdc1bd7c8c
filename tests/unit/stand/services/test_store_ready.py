"""When the object store counts as ready: S3 answers before the volumes are there that hold the objects."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand.services import minio
from tests.unit import plain
from tests.unit.clients.server import Script, serving


@pytest.fixture
def store() -> Iterator[Script]:
    """S3, which refuses a stranger, and its master at the same address."""
    with serving() as script:
        script.on("GET /", (403, "AccessDenied"))
        yield script


def settings(store: Script, **more: str) -> Settings:
    port = urlsplit(store.url).port
    return plain.settings(minio_port=port, minio_master_port=port, **more)


def volumes(store: Script, count: int) -> None:
    store.on("GET /dir/status", (200, {"Topology": {"Max": count}}))


def test_a_store_without_volumes_is_not_ready_though_s3_answers(store: Script) -> None:
    volumes(store, 0)

    assert "/dir/status: 200" in probe.explain(minio.service(settings(store)).ready)


def test_a_store_whose_master_has_no_leader_yet_is_not_ready(store: Script) -> None:
    store.on("GET /dir/status", (500, {"error": "raft.Server: Not current leader"}))

    assert "/dir/status: 500" in probe.explain(minio.service(settings(store)).ready)


def test_a_store_with_volumes_is_ready(store: Script) -> None:
    volumes(store, 17)

    assert probe.explain(minio.service(settings(store)).ready) == ""


def test_from_outside_of_containers_s3_alone_is_asked(store: Script) -> None:
    assert probe.explain(minio.service(settings(store, runtime="compose")).ready) == ""
    assert store.asked == ["GET /"]
