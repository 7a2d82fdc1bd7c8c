"""Registering and removing connectors: idempotent, attached when it returns, nothing left behind."""

from __future__ import annotations

import pytest
from confluent_kafka.admin import AdminClient

from lakestand.clients.connect import DebeziumClient
from lakestand.connectors.registration import register, remove
from lakestand.services import postgres
from lakestand.settings import Settings
from tests.fixtures.road import SERVICES, Road, road

pytestmark = pytest.mark.services(*SERVICES)

DATABASES = pytest.mark.parametrize("database", ["postgres", "mysql"])


def leftovers(road: Road) -> dict[str, list[str]]:
    """Everything that bears the road's name, in every service."""
    settings, mark = road.settings, road.config.name.removeprefix("road-")
    topics = AdminClient({"bootstrap.servers": settings.bootstrap_servers}).list_topics(timeout=10).topics
    with postgres.connect(settings) as connection:
        slots = connection.execute("SELECT slot_name FROM pg_replication_slots").fetchall()
        publications = connection.execute("SELECT pubname FROM pg_publication").fetchall()
    found = {
        "topics": list(topics),
        "slots": [name for (name,) in slots],
        "publications": [name for (name,) in publications],
        "connectors": DebeziumClient(settings.connect_url).list_connectors(),
    }
    return {kind: sorted(n for n in names if mark in n) for kind, names in found.items()}


@DATABASES
def test_registering_twice_changes_nothing(settings: Settings, database: str) -> None:
    with road(settings, database, "delta", "id INT PRIMARY KEY") as made:
        first = register(settings, made.config)
        status = DebeziumClient(settings.connect_url).get_connector_status(made.config.name)

        assert (first, register(settings, made.config)) == (True, False)
        assert [t["state"] for t in status["tasks"]] == ["RUNNING"]


@DATABASES
def test_registered_connector_misses_no_commit_that_follows(settings: Settings, database: str) -> None:
    with road(settings, database, "delta", "id INT PRIMARY KEY") as made:
        made.register()
        made.source.execute(f"INSERT INTO {made.table} VALUES (1)")
        made.carry(1)

        assert made.ops() == "c"


@DATABASES
def test_removed_connector_leaves_nothing(settings: Settings, database: str) -> None:
    with road(settings, database, "delta", "id INT PRIMARY KEY") as made:
        made.source.execute(f"INSERT INTO {made.table} VALUES (1)")
        made.register()
        made.carry(1)
        there = leftovers(made)
        remove(settings, made.config)

        assert made.topic in there["topics"]
        assert leftovers(made) == {"topics": [], "slots": [], "publications": [], "connectors": []}


def test_changed_configuration_is_brought_up_to_date(settings: Settings) -> None:
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY") as made:
        made.register()
        slower = made.config.model_copy(update={"extra_config": {"poll.interval.ms": "50"}})

        assert register(settings, slower) is True
        config = DebeziumClient(settings.connect_url).get_connector(made.config.name)["config"]
        assert config["poll.interval.ms"] == "50"
