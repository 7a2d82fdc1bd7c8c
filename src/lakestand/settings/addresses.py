"""Where services listen and are reached: derived from the settings, which inherit it."""

from __future__ import annotations

from typing import TYPE_CHECKING


class Addresses:
    """Addresses and URLs of a stand's services, as whoever has these settings reaches them."""

    if TYPE_CHECKING:  # the settings' own fields
        host: str
        inside: bool
        runtime: str
        images: str
        runbook_url: str
        kafka_port: int
        kafka_within_port: int
        connect_port: int
        schema_registry_port: int
        minio_port: int
        iceberg_rest_port: int
        alertmanager_port: int
        inbox_port: int
        webhook_port: int
        exporter_port: int

    @property
    def listen(self) -> str:
        """The address that services listen on: in a container all of its own, which only loopback is forwarded to."""
        return "0.0.0.0" if self.inside else self.host  # noqa: S104

    def reach(self, service: str) -> str:
        """The host name of *service*."""
        return service if self.inside else self.host

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's address as clients want it."""
        return f"{self.reach('kafka')}:{self.kafka_within_port if self.inside else self.kafka_port}"

    @property
    def s3_endpoint(self) -> str:
        """URL of the object store."""
        return f"http://{self.reach('minio')}:{self.minio_port}"

    @property
    def iceberg_uri(self) -> str:
        """URL of the Iceberg REST catalogue."""
        return f"http://{self.reach('iceberg-rest')}:{self.iceberg_rest_port}"

    @property
    def connect_url(self) -> str:
        """URL of Kafka Connect."""
        return f"http://{self.reach('connect')}:{self.connect_port}"

    @property
    def confluent(self) -> bool:
        """Whether the Schema Registry is Confluent's: only as an image; from package registries it is Apicurio."""
        return self.runtime == "compose" and self.images == "pull"

    @property
    def schema_registry_url(self) -> str:
        """URL of the Schema Registry's interface that Confluent's clients speak."""
        return self._registry if self.confluent else f"{self._registry}/apis/ccompat/v7"

    @property
    def schema_registry_native_url(self) -> str:
        """URL of the Schema Registry's interface that Connect's Avro converter speaks."""
        return self._registry if self.confluent else f"{self._registry}/apis/registry/v2"

    @property
    def _registry(self) -> str:
        return f"http://{self.reach('schema-registry')}:{self.schema_registry_port}"

    @property
    def alertmanager_url(self) -> str:
        """URL of Alertmanager."""
        return f"http://{self.reach('alertmanager')}:{self.alertmanager_port}"

    @property
    def inbox_url(self) -> str:
        """URL of the inbox's JSON interface."""
        return f"http://{self.reach('inbox')}:{self.inbox_port}"

    @property
    def receiver_url(self) -> str:
        """URL of the inbox's receiver of webhooks."""
        return f"http://{self.reach('inbox')}:{self.webhook_port}"

    @property
    def exporter_url(self) -> str:
        """URL of the exporter's metrics."""
        return f"http://{self.reach('exporter')}:{self.exporter_port}/metrics"

    @property
    def runbooks(self) -> str:
        """What an alert's name is appended to, after a slash, for a link to its runbook."""
        return self.runbook_url.rstrip("/") or f"{self.inbox_url}/runbook"
