"""The Spark session of the pipeline: it also has Kafka and the Iceberg catalogue, and its executors this package."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import lakestand
from lakestand import probe
from lakestand.errors import ArtifactError, BadArgument, ServiceError
from lakestand.pipeline.spark.tables import CATALOG
from lakestand.settings import Settings
from lakestand.spark import config
from lakestand.spark.config import DeltaSparkConfig
from lakestand.spark.session import build, pyspark_version

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JARS = ("spark-arrow", "spark-kafka", "spark-iceberg")
EXTENSIONS = (
    "io.delta.sql.DeltaSparkSessionExtension",
    "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
)


def start_session(settings: Settings, master: str = "local[2]", name: str = "lakestand-pipeline") -> SparkSession:
    """A session on *master*, whose workers need the same cache folder and Python packages.

    ArtifactError without PySpark 3.5, ServiceError when *master* does not answer.
    """
    check_version(pyspark_version())
    check_master(master)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark: SparkSession = build(settings, session_config(settings, master, name), JARS)
    spark.sparkContext.setLogLevel("ERROR")
    _send_package(spark)
    return spark


def session_config(settings: Settings, master: str, name: str = "lakestand-pipeline") -> DeltaSparkConfig:
    """The configuration of such a session: executors have the heap of the stand's workers."""
    base = config.from_settings(settings, app_name=name, master=master)
    return replace(base, executor_memory=f"{settings.spark_worker_heap_mb}m", extra_config=catalog_properties(settings))


def check_version(spark: str) -> None:
    """Raise ArtifactError when PySpark is of a version that the jars do not fit: it would fail deep inside a job."""
    if not spark.startswith("3.5."):
        raise ArtifactError(f"the pipeline runs on PySpark 3.5, not on {spark}: pip install -e '.[spark]'")


def check_master(master: str) -> None:
    """Raise ServiceError when a standalone master does not answer.

    Spark itself would try for a minute, and print stack traces.
    """
    scheme, _, places = master.partition("://")
    if scheme != "spark":
        return
    reasons = [probe.explain(_listens(place)) for place in places.split(",")]
    if all(reasons):
        raise ServiceError(
            f"no Spark master answers at {master} ({'; '.join(reasons)}): invoke up --only spark-worker starts the "
            "stand's, --master 'local[2]' needs none"
        )


def _listens(place: str) -> probe.Probe:
    host, _, port = place.rpartition(":")
    if not host or not port.isdigit():
        raise BadArgument(f"{place} is no address of a Spark master: spark://HOST:PORT, further ones after a comma")
    return probe.tcp(host.strip("[]"), int(port))


def catalog_properties(settings: Settings) -> dict[str, str]:
    """The Spark properties that the pipeline needs beyond spark-defaults.conf: extensions and the Iceberg catalogue."""
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        "spark.sql.extensions": ",".join(EXTENSIONS),
        "spark.sql.warehouse.dir": str(settings.home / "spark-warehouse"),  # else one in the current folder
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "rest",
        f"{catalog}.uri": settings.iceberg_uri,
        f"{catalog}.warehouse": f"s3://{settings.warehouse_bucket}/",
        f"{catalog}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        f"{catalog}.cache-enabled": "false",  # others evolve the tables too
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",  # how Iceberg writes its locations
    }


def _send_package(spark: SparkSession) -> None:
    """Send this package to the executors. Those that start later fetch it too, so the file stays until the end."""
    package, folder = Path(lakestand.__path__[0]), tempfile.mkdtemp(prefix="lakestand-package-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    spark.sparkContext.addPyFile(shutil.make_archive(f"{folder}/lakestand", "zip", package.parent, package.name))
