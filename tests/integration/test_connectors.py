"""Registering and removing connectors: idempotent, attached when it returns, nothing left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from pyarrow.fs import FileSelector

from lakestand import probe
from lakestand.clients import kafka
from lakestand.clients.registry import Registry, registry_config
from lakestand.errors import ServiceError
from lakestand.lake import store
from lakestand.settings import Settings
from lakestand.sources import postgres as sources
from lakestand.sources import signals
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.registration import register, remove
from lakestand.stand.services import postgres
from tests.fixtures import events
from tests.fixtures.road import SERVICES, Road, road

pytestmark = pytest.mark.services(*SERVICES, "schema-registry")

OFFSETS = TopicPartition("connect-offsets", 0, 0)
PARTS = ("key", "value")

# A snapshot of so many rows takes longer than so many seconds.
MANY, BRIEF = 300_000, 3.0
DATABASES = pytest.mark.parametrize("database", ["postgres", "mysql"])


def leftovers(road: Road) -> dict[str, list[str]]:
    """Return everything with the road's name in the services, by its kind."""
    settings, mark = road.settings, road.config.name.removeprefix("road-")
    topics = AdminClient({"bootstrap.servers": settings.bootstrap_servers}).list_topics(timeout=10).topics
    with postgres.connect(settings) as connection:
        slots = connection.execute("SELECT slot_name FROM pg_replication_slots").fetchall()
        publications = connection.execute("SELECT pubname FROM pg_publication").fetchall()
    files = FileSelector(f"{settings.delta_bucket}/{road.namespace}", recursive=True, allow_not_found=True)
    left = {
        "tables": road.source.tables(),
        "topics": list(topics),
        "slots": [name for (name,) in slots],
        "publications": [name for (name,) in publications],
        "connectors": DebeziumClient(settings.connect_url).list_connectors(),
        "offsets": stored_offsets(settings),
        "subjects": Registry(registry_config(settings)).subjects(),
        "files": [file.path for file in store.s3(settings).get_file_info(files) if file.is_file],
    }
    return {kind: sorted(n for n in names if mark in n) for kind, names in left.items()}


def stored_offsets(settings: Settings) -> list[str]:
    """Return connector and partition of each offset that Kafka Connect keeps."""
    known: dict[str, bool] = {}
    with closing(Consumer({"bootstrap.servers": settings.bootstrap_servers, "group.id": "leftovers"})) as consumer:
        _, end = consumer.get_watermark_offsets(OFFSETS, timeout=10)
        consumer.assign([OFFSETS])
        while consumer.position([OFFSETS])[0].offset < end:
            for record in consumer.consume(10_000, 0.1):
                known[(record.key() or b"").decode()] = record.value() is not None
    return [key for key, kept in known.items() if kept]


def test_a_snapshot_longer_than_the_limit_is_waited_for_while_it_sends(settings: Settings) -> None:
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY") as route:
        route.source.execute(f"INSERT INTO {route.table} SELECT generate_series(1, {MANY})")
        heard = list[str]()

        register(settings, route.config, timeout=BRIEF, on_progress=heard.append)

        sizes = {t.name: t.offsets for t in kafka.topic_sizes(settings)}
        assert sizes[route.topic] > MANY * 0.8  # the rest is on its way: the connector attaches when it has read all
        counts = [
            re.fullmatch(rf"{route.config.name}: ([\d,]+) records of its snapshot so far", line) for line in heard
        ]
        assert heard  # else it was shorter than the limit, and nothing was seen
        assert all(count and 0 < int(count[1].replace(",", "")) <= MANY for count in counts)


@DATABASES
def test_registering_twice_changes_nothing(settings: Settings, database: str) -> None:
    with road(settings, database, "delta", "id INT PRIMARY KEY") as route:
        first = register(settings, route.config)
        status = DebeziumClient(settings.connect_url).get_connector_status(route.config.name)

        assert (first, register(settings, route.config)) == (True, False)
        assert [t["state"] for t in status["tasks"]] == ["RUNNING"]


@DATABASES
def test_registered_connector_misses_no_commit_that_follows(settings: Settings, database: str) -> None:
    with road(settings, database, "delta", "id INT PRIMARY KEY") as route:
        route.register()
        route.source.execute(f"INSERT INTO {route.table} VALUES (1)")
        route.carry(1)

        assert route.ops() == "c"


@DATABASES
def test_a_connectors_fixture_leaves_nothing(settings: Settings, database: str) -> None:
    with road(settings, database, "delta", "id INT PRIMARY KEY", "avro") as route:
        more = {"heartbeat_interval_ms": 100, "signal_table": f"{route.table}_signal"}
        route.config = route.config.model_copy(update=more)
        route.source.execute(f"INSERT INTO {route.table} VALUES (1)")
        route.register()
        route.carry(1)
        signals.snapshot(route.source, route.config, [route.table])
        route.carry(1)
        heartbeats = f"__debezium-heartbeat.{route.config.topic_prefix}"
        probe.until(lambda: heartbeats in leftovers(route)["topics"], 30, "a heartbeat")
        probe.until(lambda: leftovers(route)["offsets"], 30, "a stored offset")
        there = leftovers(route)

    pg, events_of = database == "postgres", [route.topic, f"{route.topic}_signal", heartbeats]
    assert there["tables"] == [route.table, f"{route.table}_signal"]
    assert there["topics"] == sorted([*events_of, *[route.config.history_topic] * (not pg)])
    assert there["subjects"] == sorted(f"{topic}-{part}" for topic in events_of for part in PARTS)
    assert (there["slots"], there["publications"]) == ([route.config.slot] * pg, [route.config.publication] * pg)
    assert (there["connectors"], len(there["offsets"])) == ([route.config.name], 1)
    assert there["files"] != []
    assert leftovers(route) == {kind: [] for kind in there}


def test_a_connector_of_the_same_name_begins_anew(settings: Settings) -> None:
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY") as route:
        route.source.execute(f"INSERT INTO {route.table} VALUES (1)")
        for row in (2, 3):
            route.register()
            route.source.execute(f"INSERT INTO {route.table} VALUES ({row})")
            records = events.read(settings, route.topic, row)
            remove(settings, route.config)

    assert [(e.op, e.key["id"]) for e in records] == [("r", 1), ("r", 2), ("c", 3)]


def test_a_slot_that_another_program_reads_is_reported_and_all_else_is_removed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "DETACH_SECONDS", 0.5)
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY") as route:
        route.register()
        route.source.execute(f"INSERT INTO {route.table} VALUES (1)")
        DebeziumClient(settings.connect_url).stop_connector(route.config.name)
        with reading(settings, route.config.slot) as pid:
            with pytest.raises(ServiceError, match=rf"slot {route.config.slot}: not within 0.5 s: process {pid}, no "):
                remove(settings, route.config)
            left = leftovers(route)

    assert {kind: names for kind, names in left.items() if names} == {
        "tables": [route.table],
        "slots": [route.config.slot],
    }


@contextmanager
def reading(settings: Settings, slot: str) -> Iterator[int]:
    """Let another program read the slot for the length of a block; yields the id of the process that serves it."""
    with postgres.connect(settings) as usual:
        known, password = usual.info.dsn, usual.info.password
    with closing(psycopg.connect(known, password=password, replication="database", autocommit=True)) as connection:
        wanted = f"START_REPLICATION SLOT {slot} LOGICAL 0/0 (proto_version '1', publication_names '{slot}')"
        assert connection.pgconn.exec_(wanted.encode()).status == psycopg.pq.ExecStatus.COPY_BOTH
        yield connection.info.backend_pid


def test_changed_configuration_is_brought_up_to_date(settings: Settings) -> None:
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY") as route:
        route.register()
        slower = route.config.model_copy(update={"extra_config": {"poll.interval.ms": "50"}})

        assert register(settings, slower) is True
        config = DebeziumClient(settings.connect_url).get_connector(route.config.name)["config"]
        assert config["poll.interval.ms"] == "50"
