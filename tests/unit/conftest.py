"""Unit tests see the settings' defaults, whatever the shell has set, and examples may be slow on a busy machine."""

from __future__ import annotations

import os

import hypothesis
import pytest

from lakestand.settings import PREFIX

hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No LAKESTAND_* variable."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
