"""Where services listen and are reached, derived from the settings."""

from __future__ import annotations

from lakestand.settings.alerting import Alerting
from lakestand.settings.listeners import Listeners
from lakestand.settings.logins import DatabaseName, Login, Logins
from lakestand.settings.place import Place


class Addresses(Alerting, Logins, Listeners, Place):
    """Hosts, ports, URLs and logins of a stand's services.

    They are those that the program with these settings uses: loopback outside of containers, names inside of them.
    """

    @property
    def listen(self) -> str:
        """The address that services listen on: loopback, or in a container any of its own, which Docker forwards to."""
        return "0.0.0.0" if self.inside else self.host  # noqa: S104

    def reach(self, service: str) -> str:
        """Return the host under which *service* is reached."""
        return service if self.inside else self.host

    def address(self, service: str) -> tuple[str, int]:
        """Return the host of *service* and the first of its ports."""
        return self.reach(service), self.port(service)

    def login(self, database: DatabaseName) -> Login:
        """Return what a client needs to enter *database* as the stand's administrator."""
        host, port = self.address(database)
        if database == "postgres":
            user, password, name = self.postgres_user, self.postgres_password, self.postgres_database
        else:
            user, password, name = self.mysql_user, self.mysql_password, self.mysql_database
        return Login(host=host, port=port, user=user, password=password, database=name)

    @property
    def bootstrap_servers(self) -> str:
        """Kafka's address as its clients want it: host:port."""
        return f"{self.reach('kafka')}:{self.port('kafka_within' if self.inside else 'kafka')}"

    @property
    def s3_endpoint(self) -> str:
        """URL of the object store."""
        return self._url("minio")

    @property
    def iceberg_uri(self) -> str:
        """URL of the Iceberg REST catalogue."""
        return self._url("iceberg-rest")

    @property
    def connect_url(self) -> str:
        """URL of Kafka Connect."""
        return self._url("connect")

    @property
    def schema_registry_url(self) -> str:
        """URL of the Schema Registry's interface that Confluent's clients speak."""
        return self._url("schema-registry") + "/apis/ccompat/v7"

    @property
    def schema_registry_native_url(self) -> str:
        """URL of the Schema Registry's interface that Connect's Avro converter speaks."""
        return self._url("schema-registry") + "/apis/registry/v2"

    @property
    def alertmanager_url(self) -> str:
        """URL of Alertmanager."""
        return self._url("alertmanager")

    @property
    def prometheus_url(self) -> str:
        """URL of Prometheus."""
        return self._url("prometheus")

    @property
    def inbox_url(self) -> str:
        """URL of the inbox's JSON interface."""
        return self._url("inbox")

    @property
    def receiver_url(self) -> str:
        """URL of the inbox's receiver of webhooks."""
        return f"http://{self.reach('inbox')}:{self.port('webhook')}"

    @property
    def exporter_url(self) -> str:
        """URL of the exporter's metrics."""
        return f"{self._url('exporter')}/metrics"

    @property
    def spark_master_url(self) -> str:
        """URL of the Spark master, for applications and workers."""
        return f"spark://{self.reach('spark')}:{self.port('spark_master')}"

    @property
    def spark_page_url(self) -> str:
        """URL of the Spark master's page."""
        return f"http://{self.reach('spark')}:{self.port('spark_ui')}"

    @property
    def runbooks(self) -> str:
        """What the link to an alert's runbook begins with; a slash and the alert's name follow."""
        return self.runbook_url.rstrip("/") or f"{self.inbox_url}/runbook"

    def _url(self, service: str) -> str:
        host, port = self.address(service)
        return f"http://{host}:{port}"
