"""What a fresh stand needs before it can be used: buckets and the registry's rule. Repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lakestand.clients import s3
from lakestand.clients.http import call
from lakestand.settings import Settings

COMPATIBILITY = "BACKWARD"


@dataclass(frozen=True)
class Change:
    """Something that exists now, and whether it had to be made.

    Attributes:
        kind: bucket or compatibility.
        name: of the bucket, or the compatibility mode.
        made: False when it was there before.
    """

    kind: str
    name: str
    made: bool


def create_buckets(settings: Settings, names: Sequence[str] = ()) -> list[Change]:
    """Create the bucket of Iceberg's warehouse, that of Delta's tables and *names* where they are missing."""
    wanted = [settings.warehouse_bucket, settings.delta_bucket, *names]
    present = set(s3.list_buckets(settings))
    for name in wanted:
        if name not in present:
            s3.create_bucket(settings, name)
    return [Change("bucket", name, name not in present) for name in wanted]


def set_compatibility(settings: Settings) -> Change:
    """Make BACKWARD the registry's default compatibility, as in Confluent's registry; a new Apicurio has NONE."""
    url = f"{settings.schema_registry_url}/config"
    before = call("GET", url).get("compatibilityLevel")
    if before != COMPATIBILITY:
        call("PUT", url, {"compatibility": COMPATIBILITY})
    return Change("compatibility", COMPATIBILITY, before != COMPATIBILITY)


def prepare_services(settings: Settings, ready: Sequence[str]) -> Iterator[Change]:
    """Yield what was prepared for the services whose names are in *ready*, one at a time."""
    if "minio" in ready:
        yield from create_buckets(settings)
    if "schema-registry" in ready:
        yield set_compatibility(settings)
