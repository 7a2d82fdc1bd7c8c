"""PostgreSQL → Delta, read back by Spark."""

from __future__ import annotations

import pytest

from tests.e2e.to_delta import ToDelta
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)


class TestPostgresToDelta(ToDelta):
    """The tests of the road to Delta, from PostgreSQL."""

    database = "postgres"
    widen = "ALTER COLUMN n TYPE BIGINT"

    def block(self, road: Road, *statements: str) -> None:
        """Run the statements in a DO block, which is one transaction."""
        road.source.execute(f"DO $$ BEGIN {'; '.join(statements)}; END $$")
