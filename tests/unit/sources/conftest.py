"""The server that the client of Kafka Connect talks to."""

from __future__ import annotations

from tests.unit.clients.conftest import server

__all__ = ["server"]
