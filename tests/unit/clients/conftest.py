"""The server that the clients talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.clients.server import Script, serving


@pytest.fixture
def server() -> Iterator[Script]:
    with serving() as script:
        yield script
