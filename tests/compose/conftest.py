"""A Compose stand of its own for a test, and an engine that must answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from lakestand.settings import Settings, credentials
from lakestand.stand import checkout as stands
from lakestand.stand.runtimes.compose import docker
from lakestand.stand.runtimes.ports import free_offset
from lakestand.stand.stack import Stack


@pytest.fixture(scope="session", autouse=True)
def engine(request: pytest.FixtureRequest) -> None:
    """A machine without one is a failure in the session, a skip elsewhere."""
    if not docker.answers():
        say = pytest.fail if request.config.getoption("--stand") else pytest.skip
        say("no Docker engine answers: invoke compose.engine")


@pytest.fixture
def own() -> Iterator[Settings]:
    """Settings of a stand beside the others, of which nothing is left afterwards."""
    settings = credentials.ensure()
    offset = settings.port_offset + free_offset(settings.ports().values())
    more = {"name": f"test-{uuid.uuid4().hex[:8]}", "runtime": "compose", "images": "build"}
    made = settings.model_copy(update={"port_offset": offset} | more)
    try:
        yield made
    finally:
        stands.stack(made).runtime.clear(volumes=True)
        stands.forget(made, volumes=True)


def up(settings: Settings, *names: str) -> Stack:
    """*names* and what they need, created and started."""
    stack = stands.create(settings, names, print)
    stack.up(*names)
    return stack
