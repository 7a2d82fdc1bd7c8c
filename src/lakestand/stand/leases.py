"""Who uses the running stand: the last user of a service stops it, unless it ran before anyone came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psutil

from lakestand.settings import Settings
from lakestand.stand import checkout
from lakestand.stand.stack import OnState, Stack, ignore_state
from lakestand.stand.timing import Timing


class Lease(TypedDict):
    """One user of a stand.

    The lease ends with the process *pid*, or outlives it when that is 0; *holds* are the services in use, and *started*
    those to stop once nobody holds them.
    """

    pid: int
    holds: list[str]
    started: list[str]


@dataclass(frozen=True)
class Leases:
    """The leases of one stand, in a file beside its folder."""

    settings: Settings
    stack: Stack

    def acquire(
        self, name: str, services: Sequence[str], *, pid: int = 0, watch: OnState = ignore_state
    ) -> list[Timing]:
        """Bring *services* and what they need up, and hold them until `release`, or until process *pid* ends.

        Without a *name* nobody gives them back: they run until `invoke down`.
        """
        chosen = [s.name for s in self.stack.select(*services)]
        with self._book() as book:
            stopped = [n for n in chosen if not self.stack.runtime.running(self.stack.services[n])]
            if name:
                before = book.get(name, {"started": []})["started"]
                book[name] = {"pid": pid, "holds": chosen, "started": sorted({*before, *stopped})}
            return self.stack.up(*chosen, watch=watch)

    def release(self, name: str) -> list[str]:
        """Give back the lease *name*; stop, and return the names of, what it started and nobody else holds."""
        with self._book() as book:
            lease = book.pop(name, None)
            ended = [lease] if lease else []
            ended += [book.pop(n) for n in [n for n, other in book.items() if _is_dead(other)]]
            started = {s for gone in ended for s in gone["started"]}
            for other in book.values():
                # Whoever still needs it inherits the duty to stop it.
                kept = sorted(started & set(other["holds"]))
                other["started"] = sorted({*other["started"], *kept})
                started -= set(kept)
            if started:
                self.stack.down(*started)
            return sorted(started)

    @contextmanager
    def _book(self) -> Iterator[dict[str, Lease]]:
        with checkout.lock(self.settings):
            book: dict[str, Lease] = json.loads(self._path.read_text()) if self._path.exists() else {}
            try:
                yield book
            finally:
                self._path.unlink(missing_ok=True)
                if book:
                    self._path.write_text(json.dumps(book))

    @property
    def _path(self) -> Path:
        return self.settings.state_dir / f"{self.settings.name}.leases"


def _is_dead(lease: Lease) -> bool:
    return bool(lease["pid"]) and not psutil.pid_exists(lease["pid"])
