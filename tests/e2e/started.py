"""Tests of one database that have tables of their own, and a connector in common: it costs more than most of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

import pytest

from lakestand.settings import Settings
from tests.fixtures.road import Road, roads

# A table's columns, and what puts into it the rows that the snapshot is to read.
Start = tuple[str, Callable[[Road], object]]


def inserting(columns: str, values: str) -> Start:
    """Return the start of a table that has some rows, given as SQL."""
    return columns, lambda road: road.source.execute(f"INSERT INTO {road.table} VALUES {values}")


def empty(columns: str) -> Start:
    """Return the start of a table without rows."""
    return columns, lambda _road: None


class Started:
    """Gives the class of each *database* and *sink* one connector for the tables of its tests."""

    database: ClassVar[str]
    sink: ClassVar[str]

    @classmethod
    def starts(cls) -> dict[str, Start]:
        """Return a table for each test, by the name that the test knows it by."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def roads(cls, settings: Settings) -> Iterator[Mapping[str, Road]]:
        """Yield each test's road, whose connector streams."""
        starts = cls.starts()
        with roads(settings, cls.database, cls.sink, [columns for columns, _ in starts.values()]) as all_roads:
            for road, (_, load) in zip(all_roads, starts.values(), strict=True):
                load(road)
            all_roads[0].register()
            yield dict(zip(starts, all_roads, strict=True))
