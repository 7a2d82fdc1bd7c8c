"""How long a connector's registration takes, from the request until it streams."""

from __future__ import annotations

import pytest

from lakestand.settings.logins import DatabaseName
from tests.fixtures.debezium_connector import SERVICES, Register
from tests.performance.conftest import Clock

pytestmark = pytest.mark.services(*SERVICES)

ROUNDS = 5
SECONDS = 10.0


@pytest.mark.parametrize("database", ["postgres", "mysql"])
def test_a_connector_is_registered_until_it_streams(
    clock: Clock, debezium_connector: Register, database: DatabaseName
) -> None:
    capture = [debezium_connector(database, "id INT PRIMARY KEY") for _ in range(ROUNDS + 1)]
    waiting = iter(capture)

    clock.run(lambda: next(waiting).start(), rounds=ROUNDS)

    assert all(table.client.is_running(table.config.name) for table in capture)
    assert clock.median < SECONDS
