"""The commands of the guide to Compose, run in their order."""

from __future__ import annotations

import pytest

from lakestand.settings import Settings
from tests.fixtures.documents import ROOT, run, steps


def test_every_command_of_the_guide_does_what_it_says(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKESTAND_NAME", own.name)
    monkeypatch.setenv("LAKESTAND_PORT_OFFSET", str(own.port("kafka") - 9092))
    found = list(steps(ROOT / "docs" / "infrastructure" / "compose.md"))

    assert len(found) == 6
    for step in found:
        run(step)
