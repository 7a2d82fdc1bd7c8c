"""A transaction may take long, and one that a killed Connect worker left open holds the others up for seconds only."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing

import pytest
from confluent_kafka import Consumer, TopicPartition

from lakestand import probe
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.stand.stack import Stack
from tests.fixtures.proxy import Fault, proxy
from tests.fixtures.road import road, roads

pytestmark = pytest.mark.services("postgres", "connect", "minio", "schema-registry")

TIMEOUT = 120.0  # of connectors' transactions
LONG = 6.0
# What a worker leaves that is killed between writing its source offsets and committing them.
KILLED = """
import os, signal, sys
from confluent_kafka import Producer
servers, name = sys.argv[1:]
options = {"bootstrap.servers": servers, "transactional.id": name, "transaction.timeout.ms": 120000}
producer = Producer(options)
producer.init_transactions(10)
producer.begin_transaction()
producer.produce("connect-offsets", b"{}", b"[]")
assert producer.flush(10) == 0
os.kill(os.getpid(), signal.SIGKILL)
"""


def readable_end(settings: Settings, topic: str) -> int:
    """Return the offset up to which a topic's committed records can be read."""
    options = {"bootstrap.servers": settings.bootstrap_servers, "group.id": "ends", "isolation.level": "read_committed"}
    with closing(Consumer(options)) as consumer:
        return consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1]


def test_what_a_killed_worker_left_open_is_ended_by_the_next_workers_start(settings: Settings, stack: Stack) -> None:
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY") as it:
        it.source.execute(f"INSERT INTO {it.table} VALUES (1)")
        it.register()
        first = readable_end(settings, it.topic)
        with stack.stopped("connect", kill=True):
            name = f"lakestand-connect-{it.config.name}-0"
            subprocess.run([sys.executable, "-c", KILLED, settings.bootstrap_servers, name], check=False)
            opened, hidden = time.monotonic(), readable_end(settings, "connect-offsets")
        it.source.execute(f"INSERT INTO {it.table} VALUES (2)")

        probe.until(lambda: readable_end(settings, it.topic) > first, TIMEOUT, "the second row")
        assert readable_end(settings, "connect-offsets") > hidden
        assert time.monotonic() - opened < TIMEOUT - 20


def test_a_transaction_that_takes_long_does_not_end_its_connector(settings: Settings) -> None:
    columns = "id INT PRIMARY KEY"
    with (
        proxy(settings.port("schema_registry")) as slow,
        roads(settings, "postgres", "delta", [columns, columns], "avro") as tables,
    ):
        config = tables[0].config
        address = config.registry_url.replace(str(settings.port("schema_registry")), str(slow.port))
        patient = {"poll.interval.ms": "2000"}  # all rows of the snapshot come in one batch
        for it in tables:
            it.config = config.model_copy(update={"registry_url": address, "extra_config": patient})
            it.source.execute(f"INSERT INTO {it.table} VALUES (1)")
        slow.fault = delays = Fault(("POST",), delay=LONG)

        tables[0].register()

        assert delays.hits == 4  # of two tables key and value; those of the second within the transaction
        assert DebeziumClient(settings.connect_url).is_running(config.name)
        assert all(readable_end(settings, it.topic) > 0 for it in tables)
