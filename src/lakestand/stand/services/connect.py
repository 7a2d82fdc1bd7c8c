"""Kafka Connect with Debezium's PostgreSQL, MySQL and MariaDB connectors."""

from __future__ import annotations

from pathlib import Path

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs
from lakestand.stand.service import Process, Service
from lakestand.stand.services import fencing
from lakestand.stand.services.jvm import FAST, Jvm


def service(settings: Settings) -> Service:
    """Declare Kafka Connect, on `settings.port("connect")`."""
    return Service(
        name="connect",
        title="Kafka Connect (Debezium)",
        ports=(settings.port("connect"),),
        # It answers 404 for a moment after its port opens: only a list will do.
        ready=probe.both(
            probe.tcp(*settings.address("connect")),
            probe.both(
                probe.http(f"{settings.connect_url}/connectors", accept=lambda r: r.ok and r.text.startswith("[")),
                # The list is there before the worker is: a request for a change would hang.
                probe.http(f"{settings.connect_url}/health"),
            ),
        ),
        memory_mb=1344,
        process=lambda: _process(settings),
        needs=("kafka",),
    )


def files(settings: Settings, *plugins: Path) -> dict[str, str]:
    """Return the worker's configuration, name → text, with the folders of its *plugins*."""
    hosts = {"kafka": settings.reach("kafka"), "connect": settings.reach("connect")}
    more = hosts | {"plugins": ",".join(map(str, plugins))}
    return {"connect.properties": configs.render("connect", "connect.properties", settings, **more)}


def own_classes() -> tuple[Path, Path]:
    """Return the sources of the classes that Connect loads as plugins: the converters, and the transformation."""
    return configs.path("connect", "values"), configs.path("connect", "NoDefaults.java")


def _process(settings: Settings) -> Process:
    charsets = configs.path("connect", "MissingCharsets.java")
    provider = artifacts.compile_java(charsets, (), settings, provides="java.nio.charset.spi.CharsetProvider")
    java = Jvm(
        name="connect",
        heap_mb=settings.connect_heap_mb,
        classpath=(provider, *artifacts.classpath("kafka", settings)),
        main=("org.apache.kafka.connect.cli.ConnectDistributed",),
        flags=FAST,
        properties={"log4j2.configurationFile": str(configs.path("kafka", "log4j2.properties"))},
    )
    plugins = (*artifacts.debezium_plugins(*own_classes(), settings), artifacts.avro_plugin(settings))
    return Process(
        argv=lambda folder: java.argv(settings, str(folder / "connect.properties")),
        files=files(settings, *plugins),
        recover=lambda: fencing.abort_open_transactions(settings),
        archive=java.archive(settings),
    )
