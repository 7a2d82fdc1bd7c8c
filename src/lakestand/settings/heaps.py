"""Settings of the Java programs: the size of each one's heap, and which Java runs Spark."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class Heaps(BaseSettings):
    """The part of the settings that decides how much memory Java programs take."""

    kafka_heap_mb: int = Field(256, ge=128, description="Kafka's heap in MB")
    largest_record_mb: int = Field(95, ge=1, le=900, description="the largest record in MB that Kafka takes: one row")
    connect_heap_mb: int = Field(896, ge=256, description="Kafka Connect's heap in MB")
    schema_registry_heap_mb: int = Field(256, ge=128, description="Schema Registry's heap in MB")
    iceberg_rest_heap_mb: int = Field(192, ge=128, description="Iceberg catalogue's heap in MB")
    spark_java_home: str = Field("", description="Java for Spark; empty: the one of the other services")
    spark_heap_mb: int = Field(1024, ge=512, description="heap in MB of a Spark driver")
    spark_worker_heap_mb: int = Field(768, ge=512, description="heap in MB of a Spark worker's executor")
