"""A repair's writes move no position, so a table that has moved on must not count as written."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from lakestand.reconcile.repair import is_written
from tests.unit.lake.conftest import DURABLE, PLACES
from tests.unit.lake.orders import PARTITION, SCHEMA, batch, mark, read_rows


@pytest.mark.parametrize("kind", ["memory", *DURABLE])
def test_a_deletion_counts_as_written_only_where_the_table_stands_as_it_was_compared(kind: str, tmp_path: Path) -> None:
    table = PLACES[kind](tmp_path)().table("orders", SCHEMA)
    table.merge(batch([(1, "a"), (2, "b")]), mark(0, 2))
    deletion = partial(table.merge, batch([], [(1,)]))

    assert not is_written(deletion, table, mark(1, 1))
    assert read_rows(table) == [(1, "a"), (2, "b")]
    assert is_written(deletion, table, mark(2, 2))
    assert (read_rows(table), table.position(PARTITION)) == ([(2, "b")], 2)
