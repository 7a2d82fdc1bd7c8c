"""The stand's addresses under the names of the variables that other tools read."""

from __future__ import annotations

from lakestand.settings import Settings


def variables(settings: Settings) -> dict[str, str]:
    """Return variable → value. No secret is among them: secrets stay in .env, under LAKESTAND_* names."""
    return {
        "PGHOST": settings.host,
        "PGPORT": str(settings.port("postgres")),
        "PGUSER": settings.postgres_user,
        "PGDATABASE": settings.postgres_database,
        "MYSQL_HOST": settings.host,
        "MYSQL_TCP_PORT": str(settings.port("mysql")),
        "MYSQL_USER": settings.mysql_user,
        "MYSQL_DATABASE": settings.mysql_database,
        "KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "CONNECT_URL": settings.connect_url,
        "SCHEMA_REGISTRY_URL": settings.schema_registry_url,
        "AWS_ENDPOINT_URL": settings.s3_endpoint,
        "AWS_ACCESS_KEY_ID": settings.s3_access_key_id,
        "AWS_REGION": settings.s3_region,
        "PYICEBERG_CATALOG__DEFAULT__URI": settings.iceberg_uri,
        "PYICEBERG_CATALOG__DEFAULT__WAREHOUSE": f"s3://{settings.warehouse_bucket}/",
        "SPARK_MASTER": settings.spark_master_url,
        "PROMETHEUS_URL": settings.prometheus_url,
        "ALERTMANAGER_URL": settings.alertmanager_url,
        "SMTP_HOST": settings.host,
        "SMTP_PORT": str(settings.port("smtp")),
        "INBOX_URL": settings.inbox_url,
        "WEBHOOK_URL": f"{settings.receiver_url}/webhook",
    }
