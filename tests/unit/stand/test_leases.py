"""Who stops a stand that several use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand.settings import Settings
from lakestand.stand.leases import Leases
from lakestand.stand.runtimes.native import Native
from lakestand.stand.stack import Stack
from tests.unit.stand.toy import web

DEAD = 2**22 + 1  # above the kernel's highest pid


@pytest.fixture
def leases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leases]:
    monkeypatch.setenv("LAKESTAND_STATE_DIR", str(tmp_path))
    services = {s.name: s for s in (web("catalog", "store"), web("store"), web("other"))}
    settings = Settings.load(tmp_path / ".env")
    stack = Stack(services=services, runtime=Native(root=settings.home, stop_timeout=5))
    yield Leases(settings, stack)
    stack.down()


def running(leases: Leases) -> set[str]:
    services = leases.stack.services
    return {name for name, service in services.items() if leases.stack.runtime.running(service)}


def test_the_last_user_stops_what_the_first_started(leases: Leases) -> None:
    leases.acquire("one", ["store"])
    leases.acquire("two", ["catalog"])
    leases.release("one")
    assert running(leases) == {"catalog", "store"}

    assert leases.release("two") == ["catalog", "store"]
    assert running(leases) == set()


def test_what_ran_before_anyone_came_is_left_running(leases: Leases) -> None:
    leases.stack.up("store")

    leases.acquire("one", ["catalog"])

    assert leases.release("one") == ["catalog"]
    assert running(leases) == {"store"}


def test_a_lease_without_a_name_is_never_given_back(leases: Leases) -> None:
    leases.acquire("", ["store"])
    leases.acquire("one", ["store"])

    assert leases.release("one") == []
    assert running(leases) == {"store"}


def test_a_dead_user_does_not_keep_services_running(leases: Leases) -> None:
    leases.acquire("killed", ["other"], pid=DEAD)
    leases.acquire("one", ["store"])

    assert leases.release("one") == ["other", "store"]


def test_releasing_twice_stops_nothing_more(leases: Leases) -> None:
    leases.acquire("one", ["store"])
    leases.release("one")
    leases.stack.up("store")

    assert leases.release("one") == []
    assert running(leases) == {"store"}


def test_no_lease_leaves_no_file(leases: Leases, tmp_path: Path) -> None:
    leases.acquire("one", ["store"])
    leases.release("one")

    assert list(tmp_path.glob("*.leases")) == []
