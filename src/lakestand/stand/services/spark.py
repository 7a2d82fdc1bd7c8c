"""The master of a standalone Spark cluster; started by name only: by default Spark runs in the pipeline's process."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from lakestand import probe
from lakestand.errors import MissingExtra
from lakestand.settings import Settings
from lakestand.stand.service import Process, Service
from lakestand.stand.services.jvm import Jvm

# What Spark's own launcher passes on Java 17 and later.
OPENED = tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in ("java.lang", "java.lang.invoke", "java.nio", "java.net", "java.util", "sun.nio.ch")
)


def service(settings: Settings) -> Service:
    """Declare the master, on `settings.port("spark_master")`, with its page on `settings.port("spark_ui")`."""
    page = f"{settings.spark_page_url}/json/"
    return Service(
        name="spark",
        title="Spark master",
        ports=(settings.port("spark_master"), settings.port("spark_ui")),
        ready=probe.both(
            probe.tcp(settings.reach("spark"), settings.port("spark_ui")),
            probe.http(page, accept=lambda r: r.ok and r.json()["status"] == "ALIVE"),
        ),
        memory_mb=384,
        process=lambda: _process(settings),
        optional=True,
    )


def jvm(name: str, main: str) -> Jvm:
    """Return a daemon of Spark's standalone cluster, the class *main*, from the jars of the pyspark wheel."""
    jars = tuple(sorted((home() / "jars").glob("*.jar")))
    return Jvm(name=name, heap_mb=256, classpath=jars, main=(*OPENED, main))


def home() -> Path:
    """Return SPARK_HOME, the folder of the pyspark package; MissingExtra when it is not installed."""
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise MissingExtra("pyspark")
    return Path(spec.origin).parent


def _process(settings: Settings) -> Process:
    java = jvm("spark", "org.apache.spark.deploy.master.Master")
    ports = ("--port", str(settings.port("spark_master")), "--webui-port", str(settings.port("spark_ui")))
    return Process(
        argv=lambda _folder: java.argv(settings, "--host", settings.reach("spark"), *ports),
        env={"SPARK_LOCAL_IP": settings.listen},
    )
