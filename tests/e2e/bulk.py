"""Many rows and what happens to them, as SQL for a database and as Python for what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa

from tests.fixtures.road import Road

COUNT = 3_000
COLUMNS = "id BIGINT PRIMARY KEY, name VARCHAR(40), amount DECIMAL(12, 2), day DATE"
SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("amount", pa.decimal128(12, 2)), ("day", pa.date32())])
CENT, FIRST = Decimal("0.01"), date(2026, 1, 1)

Row = tuple[int, str | None, Decimal, date]
Rows = dict[int, Row]


@dataclass(frozen=True)
class Change:
    """A statement, with {} for the table's name, and its effect on rows; each row that it touches is one event."""

    op: str
    sql: str
    touches: Callable[[int], bool]
    becomes: Callable[[Row], Row | None]


def paid(row: Row) -> Row:
    """Return the row with a cent more."""
    return (row[0], row[1], row[2] + CENT, row[3])


CHANGES = (
    Change("u", "UPDATE {} SET amount = amount + 0.01 WHERE id % 3 = 0", lambda k: not k % 3, paid),
    Change("d", "DELETE FROM {} WHERE id % 5 = 0", lambda k: not k % 5, lambda _r: None),
    Change("u", "UPDATE {} SET name = NULL WHERE id % 7 = 0", lambda k: not k % 7, lambda r: (r[0], None, *r[2:])),
    Change("u", "UPDATE {} SET amount = amount + 0.01 WHERE id % 3 = 0", lambda k: not k % 3, paid),
)


def rows() -> list[Row]:
    """Return the rows at the beginning."""
    return [(n, f"é😀 {n}", Decimal(n) / 4, FIRST + timedelta(days=n % 365)) for n in range(COUNT)]


def load(road: Road) -> None:
    """Insert the rows into the source."""
    columns = zip(*rows(), strict=True)
    arrays = [pa.array(list(values), field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    road.source.load(road.table, pa.Table.from_arrays(arrays, schema=SCHEMA))


def apply_changes(road: Road) -> str:
    """Run the changes on the source, and return the operations in its topic then, the snapshot's first."""
    for change in CHANGES:
        road.source.execute(change.sql.format(road.table))
    return changed_rows()[1]


def changed_rows() -> tuple[Rows, str]:
    """Return the rows after all changes, and the operations that led to them, the snapshot's first."""
    held, ops = {row[0]: row for row in rows()}, "r" * COUNT
    for change in CHANGES:
        touched = [key for key in held if change.touches(key)]
        ops += change.op * len(touched)
        for key in touched:
            if row := change.becomes(held.pop(key)):
                held[key] = row
    return held, ops


def read_mirror(road: Road) -> Rows:
    """Return the mirror's rows by their keys."""
    mirror = road.mirror()
    assert mirror.schema == SCHEMA
    columns = [column.to_pylist() for column in mirror.columns]
    return {row[0]: row for row in zip(*columns, strict=True)}
