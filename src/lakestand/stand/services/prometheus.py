"""Prometheus, which alerts to Alertmanager; started by name only."""

from __future__ import annotations

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs
from lakestand.stand.service import Process, Service


def service(settings: Settings) -> Service:
    """Declare Prometheus, on `settings.port("prometheus")`."""
    return Service(
        name="prometheus",
        title="Prometheus",
        ports=(settings.port("prometheus"),),
        ready=probe.both(
            probe.tcp(*settings.address("prometheus")),
            probe.http(f"{settings.prometheus_url}/-/ready"),
        ),
        memory_mb=192,
        process=lambda: _process(settings),
        needs=("alertmanager", "exporter"),
        optional=True,
    )


def _process(settings: Settings) -> Process:
    program = artifacts.binary("prometheus", settings)
    address = f"--web.listen-address={settings.listen}:{settings.port('prometheus')}"
    return Process(
        argv=lambda folder: [
            *(str(program), "--config.file=prometheus.yml", f"--storage.tsdb.path={folder}/data", address),
        ],
        files=files(settings),
    )


def files(settings: Settings) -> dict[str, str]:
    """Return the files that Prometheus reads, name → text: whom it scrapes, whom it alerts, and its rules."""
    hosts = {name: settings.reach(name) for name in ("alertmanager", "exporter")}
    return {
        "prometheus.yml": configs.render("prometheus", "prometheus.yml", settings, **hosts),
        "rules.yml": configs.path("prometheus", "rules.yml").read_text(),
    }
