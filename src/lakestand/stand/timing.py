"""When each service of a bring-up started and was ready, and which chain of needs took longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """One service of a bring-up.

    Attributes:
        needs: the services that had to be ready before.
        began: when it started, in seconds since the bring-up began.
        ready: when its probe passed, on the same clock.
        fresh: whether it was started now; False: it was found running.
    """

    name: str
    needs: tuple[str, ...]
    began: float
    ready: float
    fresh: bool

    @property
    def seconds(self) -> float:
        """Seconds from its start until it was ready."""
        return self.ready - self.began


def critical_chain(timings: Sequence[Timing]) -> list[Timing]:
    """Return the services that decided how long the bring-up took, from the first to the last."""
    return chain_to(max(timings, key=lambda t: t.ready, default=None), timings)


def chain_to(last: Timing | None, timings: Sequence[Timing]) -> list[Timing]:
    """Return the services that decided when *last* was ready, from the first to *last*; none for None."""
    by_name = {t.name: t for t in timings}
    chain: list[Timing] = []
    while last is not None:
        chain.insert(0, last)
        last = max((by_name[n] for n in last.needs if n in by_name), key=lambda t: t.ready, default=None)
    return chain
