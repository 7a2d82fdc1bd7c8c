"""The critical chain of a bring-up."""

from __future__ import annotations

from lakestand.stand.timing import Timing, critical_chain


def timing(name: str, began: float, ready: float, *needs: str) -> Timing:
    return Timing(name, needs, began, ready, fresh=True)


def test_critical_chain_ends_with_the_last_and_follows_its_slowest_need() -> None:
    found = [
        timing("kafka", 0, 2),
        timing("store", 0, 1),
        timing("connect", 2, 5, "kafka", "store"),
        timing("db", 0, 4),
    ]

    assert [t.name for t in critical_chain(found)] == ["kafka", "connect"]


def test_nothing_started_has_no_chain() -> None:
    assert critical_chain([]) == []
