"""The stand's object store and its Iceberg catalogue, opened for pyarrow, PyIceberg and delta-rs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyarrow import fs

from lakestand.settings import Settings

if TYPE_CHECKING:  # an extra
    from pyiceberg.catalog import Catalog


def s3(settings: Settings) -> fs.S3FileSystem:
    """Return the object store as a file system of pyarrow; paths are bucket/key."""
    return fs.S3FileSystem(
        access_key=settings.s3_access_key_id,
        secret_key=settings.s3_secret_access_key.get_secret_value(),
        endpoint_override=settings.s3_endpoint,
        region=settings.s3_region,
        allow_bucket_creation=True,
        allow_bucket_deletion=True,
        connect_timeout=5,
        request_timeout=60,
    )


def iceberg(settings: Settings) -> Catalog:
    """Return the stand's Iceberg catalogue; ServiceError when it does not answer."""
    from lakestand.lake.iceberg.catalog import catalog_config, connect  # noqa: PLC0415

    return connect(catalog_config(settings))


def delta(settings: Settings) -> dict[str, str]:
    """Return the storage_options with which delta-rs reaches the object store."""
    return {
        "AWS_ENDPOINT_URL": settings.s3_endpoint,
        "AWS_ACCESS_KEY_ID": settings.s3_access_key_id,
        "AWS_SECRET_ACCESS_KEY": settings.s3_secret_access_key.get_secret_value(),
        "AWS_REGION": settings.s3_region,
        "AWS_ALLOW_HTTP": "true",
    }
