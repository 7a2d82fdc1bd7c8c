"""The parts that every scrape collects: services, connectors, replication slots, dead letters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from lakestand.clients import kafka, letters
from lakestand.clients.http import call
from lakestand.clients.kafka import DEAD_LETTER
from lakestand.settings import Settings
from lakestand.stand import checkout
from lakestand.stand.services import declare, postgres
from lakestand.stand.stack import state

Part = Callable[[Settings], Iterator[Metric]]

SLOTS = """
SELECT slot_name, active::int, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0),
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)
FROM pg_replication_slots
"""


def services(settings: Settings) -> Iterator[Metric]:
    """Yield whether each service that was started answers (0: it died, or does not answer), and its memory."""
    up = GaugeMetricFamily("lakestand_service_up", "1: it does its job", labels=["service"])
    memory = GaugeMetricFamily("lakestand_service_memory_bytes", "PSS of its processes", labels=["service"])
    observer = checkout.observer(settings)
    # A container does not see the others' processes.
    runtime = None if settings.inside else checkout.stack(settings).runtime
    for service in declare(settings).values():
        if service.name != "exporter" and observer.wanted(service):
            up.add_metric([service.name], float(state(observer, service) == "ready"))
            if runtime:
                memory.add_metric([service.name], runtime.memory_mb(service) * (1 << 20))
    yield from (up, memory)


def connectors(settings: Settings) -> Iterator[Metric]:
    """Yield whether connectors and their tasks are RUNNING."""
    running = GaugeMetricFamily("lakestand_connector_running", "1: RUNNING", labels=["connector", "task"])
    for name, connector in call("GET", f"{settings.connect_url}/connectors", expand="status").items():
        status = connector["status"]
        running.add_metric([name, ""], float(status["connector"]["state"] == "RUNNING"))
        for task in status["tasks"]:
            running.add_metric([name, str(task["id"])], float(task["state"] == "RUNNING"))
    yield running


def slots(settings: Settings) -> Iterator[Metric]:
    """Yield how much WAL each of PostgreSQL's replication slots retains, and how far behind its reader is."""
    help_ = ("1: somebody reads it", "WAL that the server keeps for it", "WAL that its reader has not confirmed")
    names = ("active", "retained_bytes", "lag_bytes")
    families = [GaugeMetricFamily(f"lakestand_slot_{n}", h, labels=["slot"]) for n, h in zip(names, help_, strict=True)]
    with postgres.open_connection(settings) as connection:
        for slot, *values in connection.execute(SLOTS).fetchall():
            for family, value in zip(families, values, strict=True):
                family.add_metric([slot], float(value))
    yield from families


def dead_letters(settings: Settings) -> Iterator[Metric]:
    """Yield how many records were put aside, by the topic that they came from."""
    family = GaugeMetricFamily("lakestand_dead_letters", "records that could not be decoded", labels=["topic"])
    for topic in kafka.topic_sizes(settings):
        if topic.name.endswith(DEAD_LETTER):
            count = _letters(settings.bootstrap_servers, topic.name, topic.offsets)
            family.add_metric([topic.name.removesuffix(DEAD_LETTER)], count)
    yield family


@functools.lru_cache(maxsize=1024)
def _letters(bootstrap_servers: str, name: str, _offsets: int) -> int:
    """How many letters a topic holds; asked again when its number of offsets is another."""
    return letters.count(bootstrap_servers, name)


# Service → the part that it must run for; a part whose service does not run is left out, "" is always collected.
PARTS: dict[str, Part] = {"": services, "connect": connectors, "postgres": slots, "kafka": dead_letters}
