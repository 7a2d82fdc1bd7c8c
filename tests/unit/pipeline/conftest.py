"""The sinks of lakestand.lake's tests."""

from __future__ import annotations

from tests.unit.lake.conftest import durable, reopen

__all__ = ["durable", "reopen"]
