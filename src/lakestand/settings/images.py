"""Settings that replace the images of docker-compose.yml, for another registry or another version."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class Images(BaseSettings):
    """The part of the settings with the images of Docker Compose; an empty one means the image in the file."""

    postgres_image: str = Field("", description="Docker Compose, pulled: another image of postgres")
    mysql_image: str = Field("", description="Docker Compose, pulled: another image of mysql")
    mariadb_image: str = Field("", description="Docker Compose, pulled: another image of mariadb")
    kafka_image: str = Field("", description="Docker Compose, pulled: another image of kafka")
    connect_image: str = Field("", description="Docker Compose, pulled: another image of connect")
    schema_registry_image: str = Field("", description="Docker Compose, pulled: another image of schema-registry")
    minio_image: str = Field("", description="Docker Compose, pulled: another image of minio")
    iceberg_rest_image: str = Field("", description="Docker Compose, pulled: another image of iceberg-rest")
    inbox_image: str = Field("", description="Docker Compose, pulled: another image of inbox")
    alertmanager_image: str = Field("", description="Docker Compose, pulled: another image of alertmanager")
    prometheus_image: str = Field("", description="Docker Compose, pulled: another image of prometheus")
    spark_image: str = Field("", description="Docker Compose, pulled: another image of spark")
