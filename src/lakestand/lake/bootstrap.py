"""What a fresh stand needs before it can be used: buckets, namespaces, the registry's rule. Idempotent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyarrow import fs

from lakestand.clients.http import call
from lakestand.errors import ServiceError
from lakestand.lake import store
from lakestand.settings import Settings

COMPATIBILITY = "BACKWARD"


@dataclass(frozen=True)
class Change:
    """Something that is there now; *made*: it was not before."""

    kind: str
    name: str
    made: bool


def create_buckets(settings: Settings, names: Sequence[str] = ()) -> list[Change]:
    """The warehouse's, Delta's and *names*."""
    wanted = [settings.warehouse_bucket, settings.delta_bucket, *names]
    s3, there = store.s3(settings), set(list_buckets(settings))
    for name in wanted:
        if name not in there:
            s3.create_dir(name)
    return [Change("bucket", name, name not in there) for name in wanted]


def list_buckets(settings: Settings) -> list[str]:
    """Names of all buckets."""
    try:
        return sorted(info.path for info in store.s3(settings).get_file_info(fs.FileSelector("")))
    except OSError as err:
        raise ServiceError(f"object store {settings.s3_endpoint}: {err}; does it run? invoke status") from err


def set_compatibility(settings: Settings) -> Change:
    """The registry's default: it is NONE when new, and Confluent's is BACKWARD."""
    url = f"{settings.schema_registry_url}/config"
    before = call("GET", url).get("compatibilityLevel")
    if before != COMPATIBILITY:
        call("PUT", url, {"compatibility": COMPATIBILITY})
    return Change("compatibility", COMPATIBILITY, before != COMPATIBILITY)


def prepare_services(settings: Settings, ready: Sequence[str]) -> Iterator[Change]:
    """All that the services in *ready* need."""
    if "minio" in ready:
        yield from create_buckets(settings)
    if "schema-registry" in ready:
        yield set_compatibility(settings)
