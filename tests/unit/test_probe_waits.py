"""Waiting for a probe or a condition: when a wait ends, with which reason, and how often it asks."""

from __future__ import annotations

import itertools
import time

import pytest

from lakestand import probe
from lakestand.errors import NotReady

BRIEF = 0.2


def refuse() -> None:
    raise NotReady("not yet")


def accept() -> None:
    """Ready."""


def test_wait_returns_at_the_first_pass() -> None:
    answers = iter([refuse, refuse, accept, refuse])

    def each_in_turn() -> None:
        answer = next(answers)
        answer()

    probe.wait(each_in_turn, seconds=5)

    assert list(answers) == [refuse]


def test_wait_gives_up_with_the_last_reason_when_the_time_is_over() -> None:
    began = time.monotonic()

    with pytest.raises(NotReady, match=r"^not yet$"):
        probe.wait(refuse, BRIEF)
    assert BRIEF <= time.monotonic() - began < BRIEF + 2


def test_the_longer_a_wait_the_more_seldom_the_probe_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[-1])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.append(clock[-1] + seconds))

    with pytest.raises(NotReady):
        probe.wait(refuse, seconds=10)

    pauses = [later - earlier for earlier, later in itertools.pairwise(clock)]
    assert (pauses[0], pauses[-1]) == pytest.approx((0.03, 0.1))
    assert len(pauses) == 113


def test_a_dead_process_ends_the_wait_at_once() -> None:
    began = time.monotonic()

    with pytest.raises(NotReady, match=r"^it exited \(not yet\)$"):
        probe.wait(refuse, 60, alive=lambda: False)
    assert time.monotonic() - began < 2


def test_an_answer_of_a_dead_process_is_not_believed() -> None:
    with pytest.raises(NotReady, match=r"^it exited after it had answered$"):
        probe.wait(accept, 60, alive=lambda: False)


def test_other_errors_than_not_ready_are_not_retried() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        probe.wait(broken, 60)


def test_until_waits_for_a_true_value() -> None:
    values = iter([0, "", None, [7], 8])

    probe.until(lambda: next(values), 5, "a true value")

    assert next(values) == 8


def test_until_names_what_it_waited_for_and_how_long() -> None:
    with pytest.raises(NotReady, match=r"^the moon: not within 0\.2 s$"):
        probe.until(lambda: False, BRIEF, "the moon")


def test_a_wait_goes_on_while_something_grows() -> None:
    reached, asked = iter([3, 5, 9]), list[int]()

    def grow() -> int:
        asked.append(next(reached))
        return asked[-1]

    probe.until_it_stalls(lambda: asked == [3, 5, 9], 0.05, "the end", grow)

    assert asked == [3, 5, 9]


def test_a_wait_ends_when_nothing_grows_any_more() -> None:
    reached = iter([3, 5, 5, 9])

    with pytest.raises(NotReady, match=r"^the moon: not within 0\.05 s$"):
        probe.until_it_stalls(lambda: False, 0.05, "the moon", lambda: next(reached))

    assert next(reached) == 9


def test_a_wait_for_what_never_began_is_not_prolonged() -> None:
    reached = iter([0, 1])

    with pytest.raises(NotReady):
        probe.until_it_stalls(lambda: False, 0.05, "the moon", lambda: next(reached))

    assert next(reached) == 1


def test_a_pause_ends_at_its_moment_and_not_before() -> None:
    moment = time.monotonic() + BRIEF

    probe.pause_until(moment)

    assert time.monotonic() >= moment


def test_a_pause_until_a_moment_that_has_passed_is_none() -> None:
    began = time.monotonic()

    probe.pause_until(began - BRIEF)

    assert time.monotonic() - began < BRIEF
