"""The message for a table that cannot follow its source's schema: subject, versions, fields, and the way on."""

from __future__ import annotations

from lakestand.clients.registry import Registry
from lakestand.errors import IncompatibleSchema, ServiceError
from lakestand.pipeline.decoding.avro_schema import describe_differences
from lakestand.pipeline.decoding.decoder import Events


def explain(err: IncompatibleSchema, events: Events, registry: Registry | None) -> str:
    """The text of *err*, with the fields that changed between which versions where *registry* knows the schema."""
    return f"{err}{_versions(events, registry)}. This table stands still, the others go on"


def _versions(events: Events, registry: Registry | None) -> str:
    if registry is None or not events.schema_id:
        return ""
    try:
        subject, number = registry.place(events.schema_id)
        before = [n for n in registry.versions(subject) if n < number]
        if not before:
            return f". Subject {subject}, version {number}"
        old, new = (registry.version(subject, n).schema for n in (before[-1], number))
    except ServiceError as unknown:
        return f". Schema id {events.schema_id}: {unknown}"
    return f". Subject {subject}, versions {before[-1]} and {number}: {'; '.join(describe_differences(old, new))}"
