"""A bucket of a test's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lakestand.clients import s3
from lakestand.pytest_plugin.names import unique
from lakestand.settings import Settings


@dataclass(frozen=True)
class Bucket:
    """A bucket in the stand's object store."""

    name: str
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str

    @property
    def url(self) -> str:
        """s3:// and the bucket's name."""
        return f"s3://{self.name}"

    @property
    def storage_options(self) -> Mapping[str, str]:
        """What delta-rs, polars and object_store take as storage_options."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_ALLOW_HTTP": "true",
        }


def at(settings: Settings, name: str) -> Bucket:
    """Return what a client needs to use the bucket *name*."""
    return Bucket(
        name=name,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )


@contextmanager
def bucket(settings: Settings) -> Iterator[Bucket]:
    """Create a bucket for the length of a block, and delete it with all that is in it."""
    name = unique("test").replace("_", "-")
    s3.create_bucket(settings, name)
    try:
        yield at(settings, name)
    finally:
        s3.delete_bucket(settings, name)
