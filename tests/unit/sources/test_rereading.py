"""What a connector's properties are while it takes signals, and that they are as before afterwards."""

from __future__ import annotations

import pytest

from lakestand.sources import rereading
from lakestand.sources.presets import for_mysql, for_postgres
from tests.unit import plain

TOPICS = ("signals", "notices")


@pytest.mark.parametrize("make", [for_postgres, for_mysql], ids=["postgres", "mysql"])
@pytest.mark.parametrize("heartbeat", [0, 10_000])
def test_a_killed_repair_leaves_properties_that_the_next_one_restores(make: object, heartbeat: int) -> None:
    settings = plain.settings()
    config = make(settings, ["a.b"], name="shop", signal_table="a.signals", heartbeat_interval_ms=heartbeat)  # type: ignore[operator]
    original = config.to_dict()
    added = rereading._signalling(settings, TOPICS) | rereading._watermarks("a.other") | rereading.READ_ONLY  # noqa: SLF001

    signalling = rereading._with_signals(original, added)  # noqa: SLF001

    assert signalling.items() >= added.items()
    assert rereading._without_signals(signalling, added) == original  # noqa: SLF001
    assert rereading._without_signals(original, added) == original  # noqa: SLF001
