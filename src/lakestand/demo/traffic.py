"""The live part of the demo: commits of one row each, as an application makes them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand.services.mysql import connect as mysql_connect
from lakestand.stand.services.postgres import connect as postgres_connect


@dataclass(frozen=True)
class Statement:
    """An SQL statement, and how many change events it makes."""

    sql: str
    events: int


def statement(table: str, rows: int, number: int, seed: int) -> Statement:
    """Return the *number*-th statement of a mix: 60 % updates, 20 % inserts, 20 % deletes; the same for each *seed*.

    The table begins with the keys 1 to *rows*; when half of them are deleted, rows are inserted instead.
    """
    rng = random.Random(f"{seed}.{number}")  # noqa: S311  traffic, not secrets
    key = rng.randint(1, max(rows // 2, 1))
    match number % 5:
        case 1 if number // 5 < rows // 2:
            # Each row of the upper half at most once, so that every delete finds its row, every update too.
            return Statement(f"DELETE FROM {table} WHERE id = {rows - number // 5}", 1)  # noqa: S608
        case 0 | 1:  # a small table has no more rows to delete
            return Statement(f"INSERT INTO {table} (id, year) VALUES ({10_000_000 + number}, 2014)", 1)  # noqa: S608
        case _:
            return Statement(f"UPDATE {table} SET day = day % 28 + 1 WHERE id = {key}", 1)  # noqa: S608


def run(
    settings: Settings, tables: dict[str, int], count: int, per_second: int, on_commit: Callable[[int], None]
) -> None:
    """Commit *count* statements, *per_second* of them, in turn to PostgreSQL and MySQL; call *on_commit* after each.

    *tables* are the names of a PostgreSQL and a MySQL table with the numbers of their rows.
    """
    (flights, flight_rows), (weather, weather_rows) = tables.items()
    with postgres_connect(settings) as postgres, mysql_connect(settings) as mysql, mysql.cursor() as cursor:
        began = time.monotonic()
        for number in range(count):
            probe.pause_until(began + number / per_second)
            if number % 2:
                cursor.execute(statement(weather, weather_rows, number // 2, 2).sql)
            else:
                postgres.execute(statement(flights, flight_rows, number // 2, 1).sql.encode())
            on_commit(1)
