"""PostgreSQL → Delta, read back by Spark."""

from __future__ import annotations

import pytest

from tests.e2e.to_delta import ToDelta
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)


class TestPostgresToDelta(ToDelta):
    """Inherits its tests."""

    database = "postgres"
    widen = "ALTER COLUMN n TYPE BIGINT"

    def block(self, road: Road, *statements: str) -> None:
        """A DO block is one transaction."""
        road.source.execute(f"DO $$ BEGIN {'; '.join(statements)}; END $$")
