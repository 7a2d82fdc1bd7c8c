"""A catalogue of one's own, real but local: SQLite and files in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from lakestand.lake.iceberg import tables

SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string())])
MakeTable = Callable[..., Table]


def rows(*values: tuple[int, str | None]) -> pa.Table:
    """Return rows of SCHEMA."""
    return pa.Table.from_pylist([{"id": i, "name": n} for i, n in values], schema=SCHEMA)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Return an empty catalogue."""
    return SqlCatalog("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/warehouse")


@pytest.fixture
def table(catalog: Catalog) -> Table:
    """Return the table shop.orders, which was never written."""
    return tables.create(catalog, "shop.orders", SCHEMA)
