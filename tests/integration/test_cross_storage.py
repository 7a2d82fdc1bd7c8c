"""A database against its mirrors in Iceberg: each kind of drift is planted in a real table, and exactly it is found."""

from __future__ import annotations

import pytest

from lakestand.settings import Settings
from tests.fixtures.mirrored import COLUMNS
from tests.fixtures.road import SERVICES, road
from tests.integration.drift import Drift

pytestmark = pytest.mark.services(*SERVICES)


class TestIceberg(Drift):
    """The tests of drift, on Iceberg's tables."""

    sink = "iceberg"


def test_a_column_that_the_source_dropped_is_reported_and_is_no_drift(settings: Settings) -> None:
    with road(settings, "postgres", "iceberg", COLUMNS) as route:
        route.source.execute(f"INSERT INTO {route.table} VALUES (1, 'a', 1, NULL)")
        route.register()
        route.carry(1)
        route.source.execute(f"ALTER TABLE {route.table} DROP COLUMN amount")
        comparison = route.compare()

    assert (comparison.dropped, comparison.unmirrored, comparison.equal) == (["amount"], [], True)
