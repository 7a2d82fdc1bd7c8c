"""The configuration of a Spark session with Delta Lake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lakestand.settings import Settings


@dataclass(frozen=True, kw_only=True)
class DeltaSparkConfig:
    """The configuration of one Spark session.

    Attributes:
        master: local[N], or spark://host:port of a standalone cluster.
        delta_version, scala_version: which delta-spark; a test compares them with the pinned artifacts.
        enable_cdf: whether new tables get a change data feed.
        s3_endpoint: the object store's URL; empty: the one of spark-defaults.conf.
        driver_memory, executor_memory: heap sizes as Spark spells them.
        extra_config: Spark properties that win over all others.
    """

    app_name: str = "lakestand"
    master: str = "local[2]"
    delta_version: str = "3.3.2"
    scala_version: str = "2.12"
    enable_cdf: bool = True
    s3_endpoint: str = ""
    s3_access_key_id: str = ""
    s3_secret_access_key: str = field(default="", repr=False)
    s3_region: str = "us-east-1"
    driver_memory: str = "1g"
    executor_memory: str = "1g"
    extra_config: Mapping[str, str] = field(default_factory=dict)


def from_settings(settings: Settings, *, app_name: str = "lakestand", master: str = "local[2]") -> DeltaSparkConfig:
    """The configuration of a session that works on the stand's object store."""
    return DeltaSparkConfig(
        app_name=app_name,
        master=master,
        s3_endpoint=settings.s3_endpoint,
        s3_access_key_id=settings.s3_access_key_id,
        s3_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        s3_region=settings.s3_region,
        driver_memory=f"{settings.spark_heap_mb}m",
        executor_memory=f"{settings.spark_heap_mb}m",
    )
