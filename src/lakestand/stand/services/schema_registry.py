"""The Schema Registry: Apicurio with Confluent's interface."""

from __future__ import annotations

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs
from lakestand.stand.service import Process, Service
from lakestand.stand.services.jvm import Jvm

FILE = "schema-registry.properties"


def service(settings: Settings) -> Service:
    """Declare the registry, on `settings.port("schema_registry")`; its data is in an H2 file."""
    return Service(
        name="schema-registry",
        title="Schema Registry",
        ports=(settings.port("schema_registry"), settings.port("schema_registry_management")),
        ready=probe.both(
            probe.tcp(*settings.address("schema-registry")),
            probe.http(f"{settings.schema_registry_url}/subjects"),
        ),
        memory_mb=512,
        process=lambda: _process(settings),
    )


def files(settings: Settings, data: str) -> dict[str, str]:
    """The registry's configuration, with its H2 database *data*."""
    return {FILE: configs.render("schema-registry", FILE, settings, data=data)}


def _process(settings: Settings) -> Process:
    home = artifacts.path("schema-registry", settings)
    java = Jvm(
        name="schema-registry",
        heap_mb=settings.schema_registry_heap_mb,
        classpath=(home / "quarkus-run.jar",),
        main=("io.quarkus.bootstrap.runner.QuarkusEntryPoint",),
        properties={"smallrye.config.locations": FILE},
    )
    return Process(
        argv=lambda _folder: java.argv(settings),
        files=files(settings, "./registry"),  # relative to the service's folder
        archive=java.archive(settings),
    )
