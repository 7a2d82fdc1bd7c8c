"""When each service of a bring-up started and was ready, and which chain of them took longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds since the bring-up began. *fresh*: it was started now, not found running."""

    name: str
    needs: tuple[str, ...]
    began: float
    ready: float
    fresh: bool

    @property
    def seconds(self) -> float:
        """From start to ready."""
        return self.ready - self.began


def critical_chain(timings: Sequence[Timing]) -> list[Timing]:
    """The services that decided how long the bring-up took, first to last."""
    return chain_to(max(timings, key=lambda t: t.ready, default=None), timings)


def chain_to(last: Timing | None, timings: Sequence[Timing]) -> list[Timing]:
    """The services that decided when *last* was ready, first to last."""
    by_name = {t.name: t for t in timings}
    chain: list[Timing] = []
    while last is not None:
        chain.insert(0, last)
        last = max((by_name[n] for n in last.needs if n in by_name), key=lambda t: t.ready, default=None)
    return chain
