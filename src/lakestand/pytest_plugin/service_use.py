"""The services of one run of pytest: started once for all workers, and left as they were."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NoReturn

import pytest

from lakestand import view
from lakestand.errors import LakestandError
from lakestand.lake import bootstrap
from lakestand.pytest_plugin.evidence import Evidence
from lakestand.pytest_plugin.stand import Stand
from lakestand.settings import Settings
from lakestand.stand import checkout
from lakestand.stand.leases import Leases

Mode = Literal["auto", "running", "start"]
EVIDENCE = pytest.StashKey[Evidence]()
LEASE = f"pytest-plugin-{os.getpid()}"


@dataclass
class ServiceUse:
    """What one process of pytest uses of the stand that belongs to *folder*, the root of the tested project.

    *problem* is why the services could not be started; empty when they were.
    """

    folder: Path
    mode: Mode
    problem: str = ""
    _stand: Stand | None = field(default=None)

    @property
    def stand(self) -> Stand:
        """The stand of the folder; its state, `.env` and locks are there, wherever pytest was called."""
        if self._stand is None:
            with contextlib.chdir(self.folder):
                settings = Settings.load()
                own = settings.model_copy(update={"state_dir": settings.state_dir.absolute()})
            self._stand = Stand(own, checkout.stack(own))
        return self._stand

    def begin(self, names: Sequence[str], report: Callable[[str], None]) -> None:
        """Start *names* and what they need, unless only running services are to be used."""
        if self.mode == "running":
            return
        try:
            with contextlib.chdir(self.folder):
                checkout.prepare(names, report)
            Leases(self.stand.settings, self.stand.stack).acquire(LEASE, names, pid=os.getpid())
            ready = [service.name for service in self.stand.stack.select(*names)]
            list(bootstrap.prepare_services(self.stand.settings, ready))
        except LakestandError as err:
            self.problem = view.spell(str(err))

    def check(self, item: pytest.Item, names: Sequence[str]) -> None:
        """Skip or fail *item* unless all services with *names* are ready; start again those that were killed."""
        if self.problem:
            self._give_up(self.problem)
        try:
            states = {name: self.stand.state(name) for name in names}
            missing = {name: state for name, state in states.items() if state != "ready"}
            if missing and self.mode != "running":
                self.stand.up(*missing)
                missing = {}
        except LakestandError as err:
            self._give_up(view.spell(str(err)))
        if missing:
            found = ", ".join(f"{name} is {state}" for name, state in missing.items())
            options = " ".join(f"--only {name}" for name in missing)
            self._give_up(f"{found}; start with: lakestand up {options}")
        item.stash[EVIDENCE] = Evidence.begin(self.stand.stack, list(names), self.stand.settings)

    def _give_up(self, reason: str) -> NoReturn:
        if self.mode == "start":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)

    def evidence(self, item: pytest.Item) -> list[tuple[str, str]]:
        """Return the sections for the report of a failed test."""
        evidence = item.stash.get(EVIDENCE, None)
        return evidence.sections() if evidence else []

    def end(self) -> None:
        """Give the services back; the last user stops what was started for tests."""
        if self.mode != "running":
            with contextlib.suppress(LakestandError):
                Leases(self.stand.settings, self.stand.stack).release(LEASE)
