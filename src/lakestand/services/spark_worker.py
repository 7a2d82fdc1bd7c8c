"""A worker of the standalone Spark cluster, started when asked for by name."""

from __future__ import annotations

from lakestand import probe
from lakestand.service import Process, Service
from lakestand.services.spark import jvm
from lakestand.settings import Settings


def service(settings: Settings) -> Service:
    """One worker with two cores; ready when the master lists it as alive."""
    master_page = f"http://{settings.host}:{settings.spark_ui_port}/json/"
    return Service(
        name="spark-worker",
        title="Spark worker",
        ports=(settings.spark_worker_port, settings.spark_worker_ui_port),
        ready=probe.http(master_page, accept=lambda r: r.ok and r.json()["aliveworkers"] > 0),
        memory_mb=1536,
        process=lambda: _process(settings),
        needs=("spark",),
        optional=True,
    )


def _process(settings: Settings) -> Process:
    java = jvm("spark-worker", "org.apache.spark.deploy.worker.Worker")
    options = [
        *("--host", settings.host, "--port", str(settings.spark_worker_port)),
        *("--webui-port", str(settings.spark_worker_ui_port), "--cores", "2"),
        *("--memory", f"{settings.spark_heap_mb}M", "--work-dir", "work"),
        f"spark://{settings.host}:{settings.spark_master_port}",
    ]
    return Process(argv=lambda _folder: java.argv(settings, *options), env={"SPARK_LOCAL_IP": settings.host})
