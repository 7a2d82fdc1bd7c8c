"""The services, one module each, and the table of them all, which is the whole stand."""

from __future__ import annotations

from lakestand.settings import Settings
from lakestand.stand.service import Service
from lakestand.stand.services import (
    alertmanager,
    connect,
    exporter,
    iceberg_rest,
    inbox,
    kafka,
    mariadb,
    minio,
    mysql,
    postgres,
    prometheus,
    schema_registry,
    spark,
    spark_worker,
    spark_worker_2,
)

# Slow starters first: they get the processor while the others wait for theirs.
MODULES = (
    schema_registry,
    kafka,
    connect,
    iceberg_rest,
    mysql,
    minio,
    postgres,
    alertmanager,
    inbox,
    mariadb,
    exporter,
    prometheus,
    spark,
    spark_worker,
    spark_worker_2,
)


def declare(settings: Settings) -> dict[str, Service]:
    """Return the services by name, at the addresses that *settings* give them."""
    return {s.name: s for s in (module.service(settings) for module in MODULES)}
