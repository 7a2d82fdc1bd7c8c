"""Stands of toy services, as real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lakestand.stand.runtimes.native import Native
from lakestand.stand.service import Service
from lakestand.stand.stack import Stack

Build = Callable[..., Stack]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Make stands of the services that a test names; all of them are down afterwards."""
    stacks: list[Stack] = []

    def stack(*services: Service, timeout: float = 20) -> Stack:
        native = Native(root=tmp_path / "stand", stop_timeout=5)
        stacks.append(Stack(services={s.name: s for s in services}, runtime=native, start_timeout=timeout))
        return stacks[-1]

    yield stack
    for built in stacks:
        built.down()


def states(stack: Stack) -> dict[str, str]:
    """Return the state of every service by its name."""
    return {name: stack.state(service) for name, service in stack.services.items()}
