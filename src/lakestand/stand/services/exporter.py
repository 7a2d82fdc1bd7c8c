"""The exporter: tells Prometheus of services, connectors, slots, dead letters and pipelines."""

from __future__ import annotations

import sys

from pydantic import SecretStr

from lakestand import probe
from lakestand.settings import PREFIX, Settings
from lakestand.stand import configs
from lakestand.stand.service import Process, Service


def service(settings: Settings) -> Service:
    """The exporter on settings.exporter_port."""
    return Service(
        name="exporter",
        title="Metrics exporter",
        ports=(settings.exporter_port,),
        ready=probe.both(
            probe.tcp(settings.reach("exporter"), settings.exporter_port),
            probe.http(settings.exporter_url),
        ),
        memory_mb=192,
        process=lambda: _process(settings),
        optional=True,
    )


def _process(settings: Settings) -> Process:
    # All settings go by the environment, which others cannot read; ports here already contain the offset.
    values = {name: value for name, value in settings if name != "port_offset"} | {
        "state_dir": settings.state_dir.absolute()
    }
    env = {
        PREFIX + name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in values.items()
    }
    return Process(
        argv=lambda _folder: [sys.executable, "-m", "lakestand.metrics"],
        env=env | {"PYTHONPATH": str(configs.ROOT / "src")},
    )
