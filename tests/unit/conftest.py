"""Unit tests see the settings' defaults, whatever the shell that runs them has set."""

from __future__ import annotations

import os

import pytest

from lakestand.settings import PREFIX


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No LAKESTAND_* variable."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
