"""The server that speaks Kafka Connect's answers, and the client that talks to it."""

from __future__ import annotations

import pytest

from lakestand.sources.connect import DebeziumClient
from tests.unit.clients.conftest import server
from tests.unit.clients.server import Script

__all__ = ["server"]


@pytest.fixture
def client(server: Script) -> DebeziumClient:
    return DebeziumClient(server.url)
