"""A table with a column of every type, and the values that must come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.fixtures.road import Road


@dataclass(frozen=True)
class Typed:
    """A column's SQL type, a value as SQL, and the same value in a table of the lake."""

    kind: str
    sql: str
    value: object


def columns(types: Sequence[Typed]) -> str:
    """Return the columns c0, c1 and so on after the key, as SQL."""
    return ", ".join(["id INT PRIMARY KEY", *(f"c{n} {t.kind} NULL" for n, t in enumerate(types))])


def insert(road: Road, types: Sequence[Typed], first: int) -> None:
    """Insert a row of values with the key *first*, and a row of nulls with the next key."""
    values, nulls = ", ".join(t.sql for t in types), ", ".join("NULL" for _ in types)
    road.source.execute(f"INSERT INTO {road.table} VALUES ({first}, {values}), ({first + 1}, {nulls})")


def read_values(road: Road, types: Sequence[Typed]) -> dict[int, dict[str, object]]:
    """Return for each key the value of each column, by the column's place and SQL type."""
    return {row["id"]: {_name(n, t): row[f"c{n}"] for n, t in enumerate(types)} for row in road.mirror().to_pylist()}


def expected_values(types: Sequence[Typed]) -> dict[int, dict[str, object]]:
    """Return what `read_values` must return of the rows from 1 and those from 3."""
    full = {_name(n, t): t.value for n, t in enumerate(types)}
    empty = dict.fromkeys(full)
    return {1: full, 2: empty, 3: full, 4: empty}


def _name(number: int, typed: Typed) -> str:
    return f"c{number} {typed.kind}"
