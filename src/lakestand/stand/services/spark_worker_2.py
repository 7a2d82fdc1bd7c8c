"""A second worker of the standalone Spark cluster, so that one may die."""

from __future__ import annotations

from lakestand.settings import Settings
from lakestand.stand.service import Service
from lakestand.stand.services.spark_worker import worker


def service(settings: Settings) -> Service:
    """Declare the second worker, on ports of its own."""
    ports = settings.port("spark_worker_2"), settings.port("spark_worker_2_ui")
    return worker(settings, "spark-worker-2", "Spark worker 2", *ports)
