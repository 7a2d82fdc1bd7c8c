"""The sinks, each in a place of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from lakestand.lake.delta.sink import Delta
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.memory import Memory
from lakestand.lake.table import Sink, Table
from tests.unit.lake.orders import SCHEMA, batch, mark

Open = Callable[[], Sink]


def opener(kind: str, path: Path) -> Open:
    """Return a function that opens the same tables at each call, as another process would."""
    if kind == "memory":
        memory = Memory()
        return lambda: memory
    if kind == "delta":
        return lambda: Delta(str(path / "delta"), "shop")
    uri = f"sqlite:///{path}/catalog.db"
    return lambda: Iceberg(SqlCatalog("test", uri=uri, warehouse=f"file://{path}"), "shop")


@pytest.fixture(params=["memory", "iceberg", "delta"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Each table format."""
    return opener(request.param, tmp_path)


@pytest.fixture(params=["iceberg", "delta"])
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Each table format whose tables outlive a process."""
    return opener(request.param, tmp_path)


@pytest.fixture
def table(reopen: Open) -> Table:
    """Return a mirror with two rows, at position 2."""
    made = reopen().table("orders", SCHEMA)
    made.merge(batch([(1, "a"), (2, "b")]), mark(0, 2))
    return made
