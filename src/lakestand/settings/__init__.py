"""Every address, credential and limit, one sentence each; the only reader of the environment."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Literal, Self

from dotenv import dotenv_values
from platformdirs import site_cache_path, user_cache_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from lakestand.errors import BadSetting
from lakestand.settings.addresses import Addresses
from lakestand.settings.images import Images

PREFIX = "LAKESTAND_"
ENV_FILE = Path(".env")
DURATION = r"^\d+(ms|s|m|h|d)$"


def _cache_path() -> Path:
    # Not root's own cache: services that root starts as another user must be able to read it.
    return site_cache_path("lakestand") if os.geteuid() == 0 else user_cache_path("lakestand")


class Settings(Addresses, Images):
    """What may differ between two machines or two stands.

    Each field is read from LAKESTAND_<FIELD> in the environment, else in .env. Ports as read from
    an instance already contain port_offset.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    name: str = Field("lakestand", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="name of this stand")
    runtime: Literal["auto", "native", "compose"] = Field(
        "auto", description="how services are run; auto: by Docker Compose where a Docker engine answers"
    )
    images: Literal["pull", "build"] = Field(
        "pull", description="Docker Compose: images as published, or all built from debian:bookworm-slim"
    )
    inside: bool = Field(False, description="this is a container: listen on all addresses, reach others by name")
    state_dir: Path = Field(Path(".lakestand"), description="data, logs and process ids of native services")
    cache_dir: Path = Field(default_factory=_cache_path, description="downloaded artifacts, shared by all checkouts")
    reports_dir: Path = Field(Path("reports"), description="what tests and measurements leave")
    maven_url: str = Field("", description="Maven repository to fetch from; empty: the public one")
    host: str = Field("127.0.0.1", pattern=r"^127\.\d+\.\d+\.\d+$", description="loopback address of services")
    service_user: str = Field("nobody", description="whom PostgreSQL and MySQL run as when started by root")
    start_timeout: float = Field(120.0, gt=0, description="seconds a service may take to be ready")
    stop_timeout: float = Field(10.0, gt=0, description="seconds a service may take to end before SIGKILL")

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

    postgres_user: str = Field("postgres", description="PostgreSQL superuser")
    postgres_password: SecretStr = Field(SecretStr(""), description="its password; made at the first up")
    postgres_database: str = Field("shop", description="PostgreSQL database")
    mysql_user: str = Field("root", description="MySQL administrator")
    mysql_password: SecretStr = Field(SecretStr(""), description="its password; made at the first up")
    mysql_database: str = Field("shop", description="MySQL database")
    s3_access_key_id: str = Field("lakestand", description="object store access key id")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="its secret; made at the first up")
    s3_region: str = Field("us-east-1", description="object store region")
    smtp_password: SecretStr = Field(
        SecretStr(""), description="Alertmanager's at the mail server; made at the first up"
    )
    alert_token: SecretStr = Field(
        SecretStr(""), description="Alertmanager's at Slack, PagerDuty and webhooks; made too"
    )
    warehouse_bucket: str = Field("warehouse", description="bucket of Iceberg tables")
    delta_bucket: str = Field("delta", description="bucket of Delta tables")

    alert_group_wait: str = Field("1s", pattern=DURATION, description="Alertmanager: first notification of a group")
    alert_group_interval: str = Field(
        "5s", pattern=DURATION, description="Alertmanager: news of a group at most so often"
    )
    alert_repeat_interval: str = Field(
        "1h", pattern=DURATION, description="Alertmanager: what still fires is told again"
    )
    alertmanager_external_url: str = Field("", description="what its links begin with; empty: where it listens")
    runbook_url: str = Field("", description="where runbooks are, by alert name; empty: the inbox serves them")

    kafka_heap_mb: int = Field(256, ge=128, description="Kafka's heap in MB")
    connect_heap_mb: int = Field(640, ge=256, description="Kafka Connect's heap in MB")
    schema_registry_heap_mb: int = Field(256, ge=128, description="Schema Registry's heap in MB")
    iceberg_rest_heap_mb: int = Field(192, ge=128, description="Iceberg catalogue's heap in MB")
    spark_java_home: str = Field("", description="Java for Spark; empty: the one of the other services")
    spark_heap_mb: int = Field(1024, ge=512, description="heap in MB of a Spark driver")
    spark_worker_heap_mb: int = Field(768, ge=512, description="heap in MB of a Spark worker's executor")

    @field_validator("state_dir", "cache_dir", "reports_dir")
    @classmethod
    def _at_home(cls, folder: Path) -> Path:
        return folder.expanduser()  # no shell has read .env

    @model_validator(mode="after")
    def _add_offset(self) -> Self:
        for field in ports():
            port = getattr(self, field) + self.port_offset
            if not 0 < port < 65_536:
                raise ValueError(f"{PREFIX}{field.upper()}: {port} is no port (LAKESTAND_PORT_OFFSET is added to it)")
            object.__setattr__(self, field, port)
        return self

    @property
    def home(self) -> Path:
        """Where this stand keeps its services: state_dir/name, absolute."""
        return (self.state_dir / self.name).absolute()

    @property
    def runtime_file(self) -> Path:
        """Where a running stand remembers how its services run."""
        return self.state_dir / f"{self.name}.runtime"

    @property
    def within(self) -> Settings:
        """These as services see each other: natively the same, in containers by name and at ports of their own."""
        if self.runtime != "compose":
            return self
        own = {name: type(self).model_fields[name].default for name in ports()}
        told = {  # what is told to clients outside
            "kafka_advertised": f"{self.host}:{self.kafka_port}",
            "alertmanager_external_url": self.alertmanager_url,
            "runbook_url": self.runbooks,
        }
        return self.model_copy(update=own | told | {"inside": True})


def ports() -> list[str]:
    """Names of all fields that hold a port."""
    return [name for name in Settings.model_fields if name.endswith("_port")]


def secrets() -> list[str]:
    """Names of all fields that hold a secret."""
    return [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


def load(env_file: Path = ENV_FILE) -> Settings:
    """The settings of this shell and *env_file*; BadSetting for what it does not know."""
    given = {k: v for k, v in dotenv_values(env_file).items() if v is not None}
    _refuse_unknown({**given, **os.environ})
    try:
        return _recalled(Settings(_env_file=env_file))  # type: ignore[call-arg]  # known to BaseSettings only
    except ValidationError as err:
        raise BadSetting("; ".join(_complaint(e["loc"], e["msg"]) for e in err.errors())) from None


def _recalled(settings: Settings) -> Settings:
    """With the runtime that the stand was brought up on, unless another is asked for."""
    if settings.runtime != "auto" or settings.inside or not settings.runtime_file.exists():
        return settings
    runtime, images = settings.runtime_file.read_text().split()
    return settings.model_copy(update={"runtime": runtime, "images": images})


def _refuse_unknown(names: dict[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`invoke settings` lists them all"
            raise BadSetting(f"unknown setting {name}: {hint}")


def _complaint(where: tuple[int | str, ...], message: str) -> str:
    # The value itself stays out: it may be a secret.
    if not where:
        return message.removeprefix("Value error, ")
    return f"{PREFIX}{'.'.join(map(str, where)).upper()}: {message}"
