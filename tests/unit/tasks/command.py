"""`invoke` as a user runs it: in a shell, or ten times as fast in this process."""

from __future__ import annotations

import subprocess
import sys
from typing import Protocol

from tests import ROOT

Done = subprocess.CompletedProcess[str]


def command(*arguments: str) -> Done:
    """Run `invoke` in a process of its own, as a shell does, and return its exit code and output."""
    argv = [sys.executable, "-m", "invoke", "--search-root", str(ROOT), *arguments]
    return subprocess.run(argv, check=False, capture_output=True, text=True)


class Invoke(Protocol):
    """Runs `invoke` in this process; the fixture of that name is one."""

    def __call__(self, *arguments: str) -> Done:
        """Run a task, and return its exit code and output."""
