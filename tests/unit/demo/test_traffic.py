"""The demo's live traffic: repeatable, and every commit is exactly one change."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from functools import cache

import pytest

from lakestand.demo.traffic import Statement, statement

ROWS = 1000
COUNT = 1000


def mix(seed: int = 1, rows: int = ROWS) -> list[Statement]:
    return [statement("t", rows, number, seed) for number in range(COUNT)]


@cache
def changed(rows: int = ROWS) -> list[int]:
    """How many rows each statement of the mix changed, on a table with keys 1…rows."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, year INTEGER, day INTEGER)")
        db.executemany("INSERT INTO t VALUES (?, 2013, ?)", [(n, n % 28 + 1) for n in range(1, rows + 1)])
        return [db.execute(statement.sql).rowcount for statement in mix(rows=rows)]


def test_the_mix_is_60_20_20() -> None:
    assert Counter(s.sql.split()[0] for s in mix()) == {"UPDATE": 600, "INSERT": 200, "DELETE": 200}


@pytest.mark.parametrize("rows", [1, 2, 16, 399, 400, ROWS])
def test_every_statement_changes_exactly_one_row_of_a_small_table_too(rows: int) -> None:
    assert Counter(changed(rows)) == {1: COUNT}


def test_the_events_told_are_the_rows_changed() -> None:
    assert [s.events for s in mix()] == changed()


def test_the_same_seed_gives_the_same_traffic() -> None:
    assert mix(seed=1) == mix(seed=1)


def test_another_seed_gives_other_keys() -> None:
    assert mix(seed=1) != mix(seed=2)


def test_a_statement_does_not_depend_on_those_before_it() -> None:
    assert statement("t", ROWS, 777, 1) == mix()[777]


def test_updates_touch_the_lower_half_only() -> None:
    keys = [int(found[1]) for s in mix() if (found := re.search(r"UPDATE .* id = (\d+)", s.sql))]

    assert 1 <= min(keys) <= max(keys) <= ROWS // 2


def test_deletes_take_the_upper_half_from_its_end_each_row_once() -> None:
    keys = [int(found[1]) for s in mix() if (found := re.search(r"DELETE .* id = (\d+)", s.sql))]

    assert keys == list(range(ROWS, ROWS - 200, -1))
