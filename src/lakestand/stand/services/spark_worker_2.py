"""A second worker of the Spark cluster: one may die."""

from __future__ import annotations

from lakestand.settings import Settings
from lakestand.stand.service import Service
from lakestand.stand.services.spark_worker import worker


def service(settings: Settings) -> Service:
    """As the first, on its own ports."""
    ports = settings.spark_worker_2_port, settings.spark_worker_2_ui_port
    return worker(settings, "spark-worker-2", "Spark worker 2", *ports)
