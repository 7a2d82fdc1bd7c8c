"""Starts Spark sessions from docker/spark/spark-defaults.conf: jars from the cache, no secret in a command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from lakestand.errors import ArtifactError, MissingExtra
from lakestand.settings import Settings
from lakestand.spark import archive, failures, home, java
from lakestand.spark.config import DeltaSparkConfig
from lakestand.stand import artifacts, configs
from lakestand.stand.services.jvm import QUIET, SMALL

# Spark's major version → the artifact sets that its sessions have on their class path.
JARS = {3: ("spark-delta",), 4: ("spark4-delta",)}
# pyspark is an extra, and has no types here.
Session = Any


def pyspark_version() -> str:
    """The version of the installed PySpark; MissingExtra when there is none."""
    try:
        return metadata.version("pyspark")
    except metadata.PackageNotFoundError:
        raise MissingExtra("pyspark") from None


def jar_paths(settings: Settings, more: tuple[str, ...] = ()) -> list[Path]:
    """The jars that PySpark lacks, with those of the artifact sets *more*, in an order that never changes."""
    return classpath((*JARS[int(pyspark_version().partition(".")[0])], *more), settings)


def classpath(sets: tuple[str, ...], settings: Settings) -> list[Path]:
    """The jars of the artifact *sets*; ArtifactError, with the command that fetches them, when they cannot be had."""
    try:
        return [jar for name in sets for jar in artifacts.classpath(name, settings)]
    except ArtifactError as err:
        raise ArtifactError(f"Spark lacks jars: {err}; then invoke fetch --spark") from err


def properties(settings: Settings, wanted: DeltaSparkConfig, on_classpath: list[Path]) -> dict[str, str]:
    """All Spark properties of a session but the credentials."""
    base = dict(default_properties(settings))
    base.pop("spark.jars.packages")
    base["spark.databricks.delta.properties.defaults.enableChangeDataFeed"] = str(wanted.enable_cdf).lower()
    path = ":".join(map(str, on_classpath))
    return {
        **base,
        "spark.app.name": wanted.app_name,
        "spark.sql.warehouse.dir": str(settings.home / "spark-warehouse"),  # not in the folder that one works in
        "spark.master": wanted.master,
        "spark.hadoop.fs.s3a.endpoint": wanted.s3_endpoint or base["spark.hadoop.fs.s3a.endpoint"],
        "spark.hadoop.fs.s3a.endpoint.region": wanted.s3_region,
        "spark.driver.memory": wanted.driver_memory,
        "spark.executor.memory": wanted.executor_memory,
        # Not spark.jars: that copies 275 MB for every session, and its class loader knows no class-data archive.
        "spark.driver.extraClassPath": path,
        "spark.executor.extraClassPath": path,
        **wanted.extra_config,
    }


def default_properties(settings: Settings) -> Iterator[tuple[str, str]]:
    """The properties of spark-defaults.conf, each as name and value."""
    text = configs.render("spark", "spark-defaults.conf", settings, s3_endpoint=settings.s3_endpoint)
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, value = line.split(maxsplit=1)
            yield name, value.strip()


def build(settings: Settings, wanted: DeltaSparkConfig, more_jars: tuple[str, ...] = ()) -> Session:
    """Start a session with its class-data archive, or return the one that runs in this process already.

    *more_jars* names further artifact sets (spark-kafka, spark-iceberg). The archive for this very class path is
    created at the first call on a machine, which takes half a minute.
    """
    jars = jar_paths(settings, more_jars)
    java_home = java.home(settings, pyspark_version())
    failures.check_jars(jars)
    shared = archive.ensure(settings, jars, java_home)
    flags = f"-XX:SharedArchiveFile={shared}" if shared else ""
    return start(settings, wanted, jars, java_home, flags)


def start(
    settings: Settings, wanted: DeltaSparkConfig, on_classpath: list[Path], java_home: Path, flags: str
) -> Session:
    """Start a session with the jars *on_classpath* in a JVM of *java_home*, which gets the *flags* too."""
    from pyspark import SparkConf  # noqa: PLC0415  an extra
    from pyspark.sql import SparkSession  # noqa: PLC0415

    logging = f"-Dlog4j2.configurationFile={configs.path('spark', 'log4j2.properties')}"
    options = " ".join((*SMALL, *(f for f in QUIET if "tmpdir" not in f), logging, flags)).strip()
    spark = properties(settings, wanted, on_classpath)
    conf = SparkConf(loadDefaults=False).setAll([*spark.items(), ("spark.driver.extraJavaOptions", options)])
    where = {"JAVA_HOME": str(java_home), "SPARK_HOME": str(home.ensure(settings))}
    with _environment(**where, SPARK_LOCAL_IP=spark["spark.driver.host"]):
        session = SparkSession.builder.config(conf=conf).getOrCreate()
    # After the start: properties given before it stand in the JVM's command, where every user of the machine sees them.
    hadoop = session.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001  PySpark has no other way
    hadoop.set("fs.s3a.access.key", wanted.s3_access_key_id)
    hadoop.set("fs.s3a.secret.key", wanted.s3_secret_access_key)
    return session


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Set environment variables for the length of a block: PySpark hands its environment on to the JVM."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
