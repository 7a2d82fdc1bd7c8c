"""MySQL → Delta, read back by Spark."""

from __future__ import annotations

import pytest

from lakestand.sources import mysql
from tests.e2e.to_delta import ToDelta
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)


class TestMySQLToDelta(ToDelta):
    """The tests of the road to Delta, from MySQL."""

    database = "mysql"
    widen = "MODIFY n BIGINT"

    def block(self, road: Road, *statements: str) -> None:
        """Run the statements in one commit."""
        with mysql.connect(road.settings) as connection, connection.cursor() as cursor:
            connection.begin()
            for statement in statements:
                cursor.execute(statement)
            connection.commit()
