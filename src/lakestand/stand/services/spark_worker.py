"""A worker of the standalone Spark cluster; started by name only."""

from __future__ import annotations

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand import artifacts
from lakestand.stand.service import Process, Service
from lakestand.stand.services.spark import home, jvm


def service(settings: Settings) -> Service:
    """Declare the first of the two workers."""
    return worker(
        settings, "spark-worker", "Spark worker", settings.port("spark_worker"), settings.port("spark_worker_ui")
    )


def worker(settings: Settings, name: str, title: str, port: int, page: int) -> Service:
    """Declare one worker with two cores, which is ready when the master lists it as alive."""
    master_page = f"{settings.spark_page_url}/json/"
    return Service(
        name=name,
        title=title,
        ports=(port, page),
        ready=probe.http(
            master_page,
            accept=lambda r: r.ok and ("ALIVE", port) in {(w["state"], w["port"]) for w in r.json()["workers"]},
        ),
        memory_mb=1152,
        process=lambda: _process(settings, name, port, page),
        needs=("spark",),
        optional=True,
    )


def _process(settings: Settings, name: str, port: int, page: int) -> Process:
    java = jvm(name, "org.apache.spark.deploy.worker.Worker")
    options = [
        *("--host", settings.reach(name), "--port", str(port), "--webui-port", str(page), "--cores", "2"),
        *("--memory", f"{settings.spark_worker_heap_mb}M", "--work-dir", "work"),
        settings.spark_master_url,
    ]
    return Process(
        argv=lambda _folder: java.argv(settings, *options),
        # The first for this worker, all for its executors, which inherit them.
        env={
            "SPARK_LOCAL_IP": settings.listen,
            "SPARK_HOME": str(home()),
            "SPARK_SCALA_VERSION": "2.12",
            "JAVA_HOME": str(artifacts.java(settings).parents[1]),
        },
    )
