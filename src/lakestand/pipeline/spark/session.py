"""A Spark session that knows Kafka, the stand's object store, Delta, and the Iceberg catalogue."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import lakestand
from lakestand import artifacts
from lakestand.errors import ArtifactError
from lakestand.pipeline.spark.tables import CATALOG
from lakestand.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JARS = ("spark-delta", "spark-kafka", "spark-iceberg")


def session(settings: Settings, master: str = "local[2]", name: str = "lakestand-pipeline") -> SparkSession:
    """A new session on *master*; ArtifactError without PySpark."""
    if importlib.util.find_spec("pyspark") is None:
        raise ArtifactError("pyspark is not installed: pip install -e '.[spark]'")
    from pyspark.sql import SparkSession  # noqa: PLC0415  an optional dependency

    os.environ["JAVA_HOME"] = str(artifacts.java(settings).parents[1])
    os.environ["SPARK_LOCAL_IP"] = settings.host
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(master).appName(name)
    for key, value in options(settings).items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    # Not among the options: those stand in the JVM's command line.
    secrets = spark.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001  PySpark has no other way
    secrets.set("fs.s3a.access.key", settings.s3_access_key_id)
    secrets.set("fs.s3a.secret.key", settings.s3_secret_access_key.get_secret_value())
    spark.sparkContext.setLogLevel("ERROR")
    _send_ourselves(spark)
    return spark


def options(settings: Settings) -> dict[str, str]:
    """Spark's configuration, without secrets."""
    jars = [str(jar) for name in JARS for jar in artifacts.classpath(name, settings)]
    (arrow,) = artifacts.classpath("spark-arrow", settings)
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        "spark.jars": ",".join(jars),
        "spark.driver.extraClassPath": str(arrow),  # before PySpark's own
        "spark.executor.extraClassPath": str(arrow),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": settings.host,
        "spark.driver.bindAddress": settings.host,
        "spark.driver.memory": f"{settings.spark_heap_mb}m",
        "spark.executor.memory": f"{settings.spark_heap_mb}m",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension,"
        "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "rest",
        f"{catalog}.uri": settings.iceberg_uri,
        f"{catalog}.warehouse": f"s3://{settings.warehouse_bucket}/",
        f"{catalog}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        f"{catalog}.cache-enabled": "false",  # others evolve the tables too
        "spark.hadoop.fs.s3a.endpoint": settings.s3_endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": settings.s3_region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",  # how Iceberg writes its locations
    }


def _send_ourselves(spark: SparkSession) -> None:
    """The executors' Python needs pyarrow and orjson; this package goes to them with the job."""
    package, folder = Path(lakestand.__path__[0]), tempfile.mkdtemp(prefix="lakestand-package-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # executors that come later fetch it too
    archive = shutil.make_archive(f"{folder}/lakestand", "zip", package.parent, package.name)
    spark.sparkContext.addPyFile(archive)
