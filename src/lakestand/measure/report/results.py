"""The results of criteria: what was measured, and whether they are met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS = ("", "what", "target", "ours", "measured", "met", "ours met", "command", "on")


@dataclass(frozen=True, kw_only=True)
class CriterionResult:
    """A criterion with what was measured; *met* is False also where nothing was."""

    name: str
    what: str
    target: str
    ours: str
    measured: str
    met: bool
    ours_met: bool
    command: str
    machine: str = ""

    def cells(self, machines: Sequence[str]) -> list[str]:
        """Return a row under COLUMNS, which names the machine by its number in *machines*, from 1."""
        met = "yes" if self.met else "no"
        ours_met = "yes" if self.ours_met else "no"
        place = str(machines.index(self.machine) + 1) if self.machine else "-"
        return [self.name, self.what, self.target, self.ours, self.measured, met, ours_met, self.command, place]

    def short(self) -> tuple[str, ...]:
        """Return name, target, figures and verdict: the row for a terminal, which is too narrow for all columns."""
        return self.name, f"{self.what}: {self.target}", self.measured, "yes" if self.met else "NO"


def list_machines(results: Sequence[CriterionResult]) -> list[str]:
    """Return the machines that the criteria were measured on, each once, in the order of their numbers."""
    return list(dict.fromkeys(result.machine for result in results if result.machine))
