"""The sinks, each in a place of its own: PLACES is the one list that all tests of sinks run over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog

from lakestand.lake.delta.sink import Delta
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.memory import Memory
from lakestand.lake.table import Sink, Table
from tests.unit.lake.orders import SCHEMA, batch, mark

Open = Callable[[], Sink]


def open_memory(_folder: Path) -> Open:
    """Open the reference, whose tables are gone with their process."""
    sink = Memory()
    return lambda: sink


def open_iceberg(folder: Path) -> Open:
    """Open Iceberg tables of a catalogue in SQLite, as the stand does: small files are rewritten, others marked."""
    return lambda: Iceberg(local_catalog(folder), "shop")


def open_iceberg_copy(folder: Path) -> Open:
    """Open Iceberg tables whose files are rewritten."""
    return lambda: Iceberg(local_catalog(folder), "shop", deletes="copy")


def open_iceberg_position(folder: Path) -> Open:
    """Open Iceberg tables whose old rows are marked in every file, however small."""
    return lambda: Iceberg(local_catalog(folder), "shop", rewrite_rows=0)


def local_catalog(folder: Path) -> Catalog:
    """Return a catalogue in SQLite."""
    return SqlCatalog("test", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")


def open_delta(folder: Path) -> Open:
    """Open Delta tables in a folder."""
    return lambda: Delta(str(folder / "delta"), "shop")


PLACES: Mapping[str, Callable[[Path], Open]] = {
    "memory": open_memory,
    "iceberg": open_iceberg,
    "iceberg copy": open_iceberg_copy,
    "iceberg position": open_iceberg_position,
    "delta": open_delta,
}
DURABLE = [kind for kind in PLACES if kind != "memory"]


def opener(kind: str, folder: Path) -> Open:
    """Return a function that opens the same tables of *folder* at each call, as another process would."""
    return PLACES[kind](folder)


@pytest.fixture(params=PLACES)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Each table format."""
    return opener(request.param, tmp_path)


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Each table format whose tables outlive a process."""
    return opener(request.param, tmp_path)


@pytest.fixture
def table(reopen: Open) -> Table:
    """Return a mirror with two rows, at position 2."""
    made = reopen().table("orders", SCHEMA)
    made.merge(batch([(1, "a"), (2, "b")]), mark(0, 2))
    return made
