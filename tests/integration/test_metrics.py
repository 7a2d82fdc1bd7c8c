"""The exporter's metrics are true: connectors, slots, services, and the parts that it cannot ask."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import requests
from prometheus_client.core import Sample
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from lakestand import probe
from lakestand.clients.http import call
from lakestand.metrics.exporter import StandCollector
from lakestand.settings import Settings, credentials
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.registration import remove
from lakestand.stand.runtimes.group import Group
from lakestand.stand.runtimes.native import Native
from lakestand.stand.services import postgres
from lakestand.stand.stack import Stack
from tests.fixtures.alerting import moved, own, running
from tests.fixtures.road import SERVICES, Road, road

MIB = 1 << 20


def samples(settings: Settings) -> list[Sample]:
    """Return the samples that the exporter serves now."""
    text = requests.get(settings.exporter_url, timeout=20).text
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def values(settings: Settings, name: str, **labels: str) -> list[float]:
    return [s.value for s in samples(settings) if s.name == name and labels.items() <= s.labels.items()]


def read_slot_lag(road: Road) -> float:
    (behind,) = values(road.settings, "lakestand_slot_lag_bytes", slot=road.config.slot)
    return behind


@pytest.mark.services("exporter", *SERVICES)
def test_a_connector_and_its_task_are_exported_as_running_and_as_not_running(settings: Settings) -> None:
    with road(settings, "postgres", "iceberg", "id INT PRIMARY KEY") as route:
        route.register()
        assert values(settings, "lakestand_connector_running", connector=route.config.name) == [1.0, 1.0]

        client, name = DebeziumClient(settings.connect_url), route.config.name
        call("PUT", f"{settings.connect_url}/connectors/{name}/pause")
        probe.until(lambda: client.get_connector_status(name)["connector"]["state"] == "PAUSED", 20, "the pause")
        assert values(settings, "lakestand_connector_running", connector=name, task="") == [0.0]

        remove(settings, route.config)
        assert values(settings, "lakestand_connector_running", connector=name) == []


@pytest.mark.services("exporter", *SERVICES)
def test_a_slot_that_nobody_reads_is_exported_as_growing(settings: Settings) -> None:
    with road(settings, "postgres", "iceberg", "id INT PRIMARY KEY, note TEXT") as route:
        route.register()
        slot = route.config.slot
        assert values(settings, "lakestand_slot_active", slot=slot) == [1.0]

        name = route.config.name
        call("PUT", f"{settings.connect_url}/connectors/{name}/stop")
        probe.until(lambda: values(settings, "lakestand_slot_active", slot=slot) == [0.0], 30, "a slot without reader")
        before = read_slot_lag(route)
        with postgres.connect(settings) as connection:
            connection.execute(f"INSERT INTO {route.table} SELECT n, repeat('x', 1000) FROM generate_series(1, 4000) n")
        assert 4 * MIB < read_slot_lag(route) - before < 64 * MIB


@pytest.mark.services("exporter", "inbox")
def test_a_running_service_is_up_and_takes_memory(settings: Settings) -> None:
    assert values(settings, "lakestand_service_up", service="inbox") == [1.0]
    memory = values(settings, "lakestand_service_memory_bytes", service="inbox")
    # An exporter in a container does not see the others' processes: docker stats does.
    assert [5 * MIB < size < 256 * MIB for size in memory] == ([] if settings.runtime == "compose" else [True])


def test_a_service_that_ended_by_itself_is_down_and_one_that_was_stopped_is_not_exported(tmp_path: Path) -> None:
    settings = moved(credentials.ensure(tmp_path / ".env"), state_dir=tmp_path)
    with running(own(settings, settings.home)) as stack:
        assert _up(settings) == {"alertmanager": 1.0, "inbox": 1.0}
        _kill(stack, "inbox")
        assert _up(settings) == {"alertmanager": 1.0, "inbox": 0.0}
        stack.runtime.stop(stack.services["inbox"])
        assert _up(settings) == {"alertmanager": 1.0}


@pytest.mark.services("exporter", "postgres")
def test_a_part_that_cannot_be_asked_is_reported_and_the_other_parts_are_still_exported(settings: Settings) -> None:
    stranger = settings.model_copy(update={"postgres_password": SecretStr("wrong")})
    samples = [sample for metric in StandCollector(stranger).collect() for sample in metric.samples]

    asked = {s.labels["part"]: s.value for s in samples if s.name == "lakestand_scrape_ok"}
    assert (asked["slots"], asked["services"]) == (0.0, 1.0)
    assert [s.value for s in samples if s.name == "lakestand_service_up" and s.labels["service"] == "exporter"] == []


def _up(settings: Settings) -> dict[str, float]:
    samples = [sample for metric in StandCollector(settings).collect() for sample in metric.samples]
    return {s.labels["service"]: s.value for s in samples if s.name == "lakestand_service_up"}


def _kill(stack: Stack, name: str) -> None:
    """Kill a service behind the runtime's back, which takes it for a crash."""
    assert isinstance(stack.runtime, Native)
    group = Group.read(stack.runtime.root / name / "pid")
    assert group
    psutil.Process(group.pid).kill()
    probe.until(lambda: not group.alive(), 10, f"the end of {name}")
