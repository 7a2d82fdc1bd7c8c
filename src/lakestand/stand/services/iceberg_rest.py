"""Iceberg's reference REST catalogue: names of tables in SQLite, their metadata in the object store."""

from __future__ import annotations

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs
from lakestand.stand.service import Process, Service
from lakestand.stand.services.jvm import Jvm


def service(settings: Settings) -> Service:
    """Declare the catalogue, on `settings.port("iceberg_rest")`."""
    return Service(
        name="iceberg-rest",
        title="Iceberg REST catalogue",
        ports=(settings.port("iceberg_rest"),),
        ready=probe.both(
            probe.tcp(*settings.address("iceberg-rest")),
            probe.http(f"{settings.iceberg_uri}/v1/config"),
        ),
        memory_mb=384,
        process=lambda: _process(settings),
        needs=("minio",),  # it starts without, and fails at its first table
    )


def files(settings: Settings, database: str) -> dict[str, str]:
    """Return the catalogue's configuration, name → text, with its SQLite file *database*."""
    more = {"database": database, "s3_endpoint": settings.s3_endpoint}
    return {"catalog-config.yaml": configs.render("iceberg-rest", "catalog-config.yaml", settings, **more)}


def _process(settings: Settings) -> Process:
    jars = artifacts.classpath("iceberg-rest", settings)
    source = configs.path("iceberg-rest", "LoopbackCatalogServer.java")
    java = Jvm(
        name="iceberg-rest",
        heap_mb=settings.iceberg_rest_heap_mb,
        classpath=(artifacts.compile_java(source, jars, settings), *jars),
        main=("org.apache.iceberg.rest.LoopbackCatalogServer",),
        properties={"org.slf4j.simpleLogger.showDateTime": "true"},
    )
    address = (settings.listen, str(settings.port("iceberg_rest")))
    return Process(
        argv=lambda _folder: java.argv(settings, *address, "catalog-config.yaml"),
        files=files(settings, "catalog.db"),
        env={
            "AWS_ACCESS_KEY_ID": settings.s3_access_key_id,
            "AWS_SECRET_ACCESS_KEY": settings.s3_secret_access_key.get_secret_value(),
            "AWS_REGION": settings.s3_region,
        },
        archive=java.archive(settings),
    )
