"""The exporter: metrics of services, connectors, slots, dead letters and pipelines; started by name only."""

from __future__ import annotations

import importlib.util
import sys

from pydantic import SecretStr

from lakestand import probe
from lakestand.errors import MissingExtra
from lakestand.settings import PREFIX, Settings
from lakestand.stand import configs
from lakestand.stand.service import Process, Service


def service(settings: Settings) -> Service:
    """Declare the exporter, on `settings.port("exporter")`."""
    return Service(
        name="exporter",
        title="Metrics exporter",
        ports=(settings.port("exporter"),),
        ready=probe.both(
            probe.tcp(*settings.address("exporter")),
            probe.http(settings.exporter_url),
        ),
        memory_mb=128,
        process=lambda: _process(settings),
        optional=True,
    )


def _process(settings: Settings) -> Process:
    if importlib.util.find_spec("prometheus_client") is None:
        raise MissingExtra("prometheus_client")
    # All settings go by the environment, which others cannot read.
    values = dict(settings) | {"state_dir": settings.state_dir.absolute()}
    env = {
        PREFIX + name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in values.items()
    }
    return Process(
        argv=lambda _folder: [sys.executable, "-m", "lakestand.metrics"],
        env=env | {"PYTHONPATH": str(configs.IMPORTED_FROM)},
    )
