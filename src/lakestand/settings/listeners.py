"""Settings of the ports that services listen on, and the one way to ask for a port: `port`."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

SUFFIX = "_port"


class Listeners(BaseSettings):
    """The part of the settings with the ports. Fields hold what was set; `port` adds port_offset to it."""

    port_offset: int = Field(0, ge=0, le=40000, description="added to every port: a second stand beside the first")
    postgres_port: int = Field(5432, description="PostgreSQL")
    mysql_port: int = Field(3306, description="MySQL")
    mariadb_port: int = Field(3307, description="MariaDB, which has MySQL's user, password and database")
    kafka_port: int = Field(9092, description="Kafka, for clients")
    kafka_within_port: int = Field(9095, description="Kafka, for the other services")
    kafka_controller_port: int = Field(9094, description="Kafka's KRaft controller")
    kafka_advertised: str = Field("", description="where Kafka tells its clients to go; empty: where it listens")
    connect_port: int = Field(8083, description="Kafka Connect's REST interface")
    schema_registry_port: int = Field(8081, description="Schema Registry")
    schema_registry_management_port: int = Field(8084, description="Schema Registry's health and metrics")
    minio_port: int = Field(9000, description="object store, S3 API")
    minio_grpc_port: int = Field(9001, description="object store, S3 API by gRPC")
    minio_master_port: int = Field(9333, description="object store, master")
    minio_master_grpc_port: int = Field(9334, description="object store, master by gRPC")
    minio_volume_port: int = Field(9340, description="object store, volume server")
    minio_volume_grpc_port: int = Field(9341, description="object store, volume server by gRPC")
    minio_filer_port: int = Field(8888, description="object store, filer")
    minio_filer_grpc_port: int = Field(8889, description="object store, filer by gRPC")
    minio_admin_port: int = Field(9350, description="object store, administration")
    minio_admin_grpc_port: int = Field(9351, description="object store, administration by gRPC")
    iceberg_rest_port: int = Field(8181, description="Iceberg REST catalogue")
    spark_master_port: int = Field(7077, description="Spark master")
    spark_ui_port: int = Field(8080, description="Spark master's page")
    spark_worker_port: int = Field(7078, description="Spark worker")
    spark_worker_ui_port: int = Field(8085, description="Spark worker's page")
    spark_worker_2_port: int = Field(7079, description="second Spark worker")
    spark_worker_2_ui_port: int = Field(8086, description="second Spark worker's page")
    prometheus_port: int = Field(9090, description="Prometheus")
    exporter_port: int = Field(9464, description="metrics exporter")
    alertmanager_port: int = Field(9093, description="Alertmanager")
    smtp_port: int = Field(1025, description="inbox: SMTP")
    inbox_port: int = Field(8025, description="inbox: what arrived, as JSON")
    webhook_port: int = Field(5001, description="inbox: webhook, Slack and PagerDuty receiver")

    @property
    def has_given_ports(self) -> bool:
        """Whether somebody gave an offset or a port, in the environment or in .env: then no port moves by itself."""
        return bool({"port_offset", *self.port_fields()} & self.model_fields_set)

    def port(self, name: str) -> int:
        """Return the port of the listener *name*, with the stand's offset.

        The name is that of its setting without `_port`; a service's name will do, hyphens and all:
        `settings.port("schema-registry")` is 18081 where LAKESTAND_PORT_OFFSET is 10000.
        """
        number: int = getattr(self, name.replace("-", "_") + SUFFIX)
        return number + self.port_offset

    def ports(self) -> dict[str, int]:
        """Return every port, with the stand's offset, by the name of its field."""
        return {field: self.port(field.removesuffix(SUFFIX)) for field in self.port_fields()}

    def with_ports(self, **ports: int) -> Self:
        """Return a copy in which the named listeners have exactly these *ports*, whatever the offset is."""
        return self.model_copy(update={name + SUFFIX: port - self.port_offset for name, port in ports.items()})

    @classmethod
    def port_fields(cls) -> list[str]:
        """Return the names of all fields that hold a port."""
        return [name for name in cls.model_fields if name.endswith(SUFFIX)]

    @model_validator(mode="after")
    def _refuse_impossible_ports(self) -> Self:
        for field, port in self.ports().items():
            if not 0 < port < 65_536:
                raise ValueError(f"LAKESTAND_{field.upper()}: {port} is no port (LAKESTAND_PORT_OFFSET is added to it)")
        return self
