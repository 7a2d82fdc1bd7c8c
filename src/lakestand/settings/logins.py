"""Settings of who may enter databases and the object store, and what a client needs to enter a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

DatabaseName = Literal["postgres", "mysql", "mariadb"]


@dataclass(frozen=True, kw_only=True)
class Login:
    """Everything that a client of one database needs to enter it."""

    host: str
    port: int
    user: str
    password: SecretStr
    database: str


class Logins(BaseSettings):
    """The part of the settings with users, secrets, databases and buckets; MariaDB has MySQL's."""

    postgres_user: str = Field("postgres", description="PostgreSQL superuser")
    postgres_password: SecretStr = Field(SecretStr(""), description="its password; made at the first up")
    postgres_database: str = Field("shop", description="PostgreSQL database")
    mysql_user: str = Field("root", description="MySQL administrator")
    mysql_password: SecretStr = Field(SecretStr(""), description="its password; made at the first up")
    mysql_database: str = Field("shop", description="MySQL database")
    connector_user: str = Field("", description="user that connectors log in as; default: the databases' own above")
    connector_password: SecretStr = Field(SecretStr(""), description="its password; yours, never made")
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

    def secrets(self) -> list[str]:
        """Return the values of all secrets that are set."""
        values: list[SecretStr] = [self.connector_password, *(getattr(self, name) for name in self.secret_fields())]
        return [value.get_secret_value() for value in values if value.get_secret_value()]

    @classmethod
    def secret_fields(cls) -> list[str]:
        """Return the names of all fields that hold a secret which is made at the first start."""
        secrets = [name for name, field in cls.model_fields.items() if field.annotation is SecretStr]
        return [name for name in secrets if name != "connector_password"]
