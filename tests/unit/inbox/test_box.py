"""What the inbox keeps, how much of it, and for whom it fails."""

from __future__ import annotations

import threading

import pytest

from lakestand.inbox import box as module
from lakestand.inbox.box import Box, Fault, Query

ANY = Query()


def filled(*bodies: object, channel: str = "webhook") -> Box:
    box = Box()
    for body in bodies:
        box.add(channel, {}, body, size=len(str(body)))
    return box


def bodies(box: Box, query: Query = ANY) -> list[object]:
    return [m["body"] for m in box.find(query)]


def test_messages_come_oldest_first() -> None:
    assert bodies(filled("a", "b", "c")) == ["a", "b", "c"]


def test_beyond_the_count_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MESSAGES", 2)

    assert bodies(filled("a", "b", "c")) == ["b", "c"]


def test_beyond_the_bytes_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    box = filled("aaaa", "bbbb", "cccccc")

    assert (bodies(box), box.size) == (["bbbb", "cccccc"], 10)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(channel="webhook"), [{"k": "needle"}, "hay"]),
        (Query(channel="slack"), []),
        (Query(text="needle"), [{"k": "needle"}]),
        (Query(text="need.e"), []),
        (Query(since=1e12), []),
    ],
)
def test_a_query_takes_by_channel_text_and_time(query: Query, found: list[object]) -> None:
    assert bodies(filled({"k": "needle"}, "hay"), query) == found


def test_only_what_is_asked_for_is_cleared() -> None:
    box = filled("a needle", "hay")

    assert (box.clear(Query(text="needle")), bodies(box), box.size) == (1, ["hay"], 3)
    assert (box.clear(ANY), bodies(box), box.size) == (1, [], 0)


def test_a_fault_refuses_so_often_and_keeps_nothing() -> None:
    box = Box()
    box.fail(Fault(query=Query(channel="slack", text="x"), status=503, times=2))

    assert [box.add("slack", {}, "x") for _ in range(3)] == [503, 503, 0]
    assert bodies(box) == ["x"]


def test_a_fault_is_for_its_channel_and_text_alone() -> None:
    box = Box()
    box.fail(Fault(query=Query(channel="slack", text="x"), status=503, times=9))

    assert [box.add("slack", {}, "y"), box.add("webhook", {}, "x")] == [0, 0]


def test_clearing_a_text_ends_its_faults_and_no_others() -> None:
    box = Box()
    for text in ("mine", "other"):
        box.fail(Fault(query=Query(channel="slack", text=text), status=503, times=9))
    box.clear(Query(text="mine"))

    assert [box.add("slack", {}, "mine"), box.add("slack", {}, "other")] == [0, 503]


def test_waiting_ends_when_the_message_comes() -> None:
    box = Box()
    threading.Timer(0.05, box.add, ("webhook", {}, "late")).start()

    assert [m["body"] for m in box.wait(ANY, 1, 30)] == ["late"]


def test_waiting_ends_with_its_time() -> None:
    assert [m["body"] for m in filled("one").wait(ANY, 2, 0.01)] == ["one"]
