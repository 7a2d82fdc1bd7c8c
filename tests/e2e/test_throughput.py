"""The measurement of throughput, on few events: every stage is there, and nothing is left."""

from __future__ import annotations

import pytest

from lakestand.clients import kafka
from lakestand.lake import store
from lakestand.measure import throughput
from lakestand.measure.workload import capture
from lakestand.settings import Settings
from lakestand.sources.mysql import MySQL
from lakestand.sources.postgres import Postgres

pytestmark = pytest.mark.services(*throughput.SERVICES)

EVENTS = 1000
STAGES = {f"local: Kafka → {sink} {kind}" for sink, kind in throughput.STAGES}


def left(settings: Settings) -> list[str]:
    """Return the topics, tables and namespaces that measurements have left."""
    tables = [*Postgres(settings).tables(), *MySQL(settings).tables()]
    known = [t.name for t in kafka.topic_sizes(settings)] + [t.partition(".")[2] for t in tables]
    known += [name for (name, *_) in store.iceberg(settings).list_namespaces()]
    return [name for name in known if name.startswith("measure_")]


def test_every_stage_of_the_local_engine_is_measured_beside_every_limit(settings: Settings) -> None:
    measurement = throughput.measure(settings, [EVENTS], ["avro"], ["local"])

    rates = {s.name.removeprefix(f"throughput.avro.{EVENTS}."): s.samples[0] for s in measurement.series}
    assert set(rates) == STAGES | set(throughput.CEILINGS.values())
    assert all(rate > 0 for rate in rates.values())
    assert sorted(measurement.missing) == ["throughput.source", "throughput.spark"]
    assert left(settings) == []


def test_stages_that_fail_are_named_beside_what_was_measured(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "SECONDS", 0.05)

    measurement = throughput.measure(settings, [EVENTS], ["avro"], ["local"])

    assert {name.removeprefix(f"throughput.avro.{EVENTS}.") for name in measurement.failed} == STAGES
    assert "took more than 0.05 s" in measurement.missing[measurement.failed[0]]
    assert len(measurement.series) == len(throughput.CEILINGS)
    assert left(settings) == []


@pytest.mark.parametrize("mode", capture.MODES)
def test_two_connectors_are_measured_together(settings: Settings, mode: str) -> None:
    measurement = capture.measure(settings, ("postgres", "mysql"), mode, EVENTS)

    assert (measurement["connectors"], measurement["events"]) == (2, EVENTS)
    assert measurement["events/s"] > 0
    assert left(settings) == []
