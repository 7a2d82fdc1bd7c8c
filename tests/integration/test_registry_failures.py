"""A Schema Registry that is away or takes nothing: known schemas flow, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lakestand.clients.http import call
from lakestand.clients.registry import Registry
from lakestand.errors import ErrorStatus, ServiceError
from lakestand.lake.memory import Memory
from lakestand.settings import Settings
from lakestand.stand.stack import Stack
from tests.fixtures.connector_task import restart, wait_until_failed
from tests.fixtures.noted_table import COLUMNS, insert, read_rows
from tests.fixtures.road import road
from tests.fixtures.schema_registry import avro

pytestmark = pytest.mark.services("postgres", "connect", "minio", "iceberg-rest", "schema-registry")


def test_while_the_registry_is_away_known_schemas_flow_and_a_new_one_waits_for_it(
    settings: Settings, schema_registry: Registry, stack: Stack
) -> None:
    with road(settings, "postgres", "iceberg", COLUMNS, "avro") as it:
        insert(it, "(1, 'a')")
        it.register()
        with it.flowing() as (_, wait):
            wait(2)
            with stack.stopped("schema-registry"):
                insert(it, "(2, 'b')")
                wait(4)
                with pytest.raises(ServiceError, match=r"GET .*/schemas/ids/.*invoke up --only schema-registry"):
                    it.pipeline(sinks=[Memory()]).run()  # knows no schema yet
                it.source.execute(f"ALTER TABLE {it.table} ADD COLUMN more INT")
                insert(it, "(3, 'c', 5)")
                wait_until_failed(it, "RestClientException")
            restart(it)
            wait(6)

        assert schema_registry.versions(f"{it.topic}-value") == [1, 2]
        assert (read_rows(it), it.ops()) == ([(1, "a", None), (2, "b", None), (3, "c", 5)], "rcc")


@contextmanager
def read_only(settings: Settings) -> Iterator[None]:
    """Switch the registry to read-only for the length of a block, by its own setting."""
    at = f"http://{settings.host}:{settings.port('schema_registry')}/apis/registry/v3/admin/config/properties"
    call("PUT", f"{at}/apicurio.storage.read-only.enabled", {"value": "true"})
    try:
        yield
    finally:
        call("PUT", f"{at}/apicurio.storage.read-only.enabled", {"value": "false"})


def test_a_registry_that_takes_nothing_says_so_and_known_schemas_flow(
    settings: Settings, schema_registry: Registry, subject: str
) -> None:
    with road(settings, "postgres", "iceberg", COLUMNS, "avro") as it:
        insert(it, "(1, 'a')")
        it.register()
        it.carry(1)
        with read_only(settings):
            with pytest.raises(ErrorStatus, match=r"409 .*read-only mode"):
                schema_registry.register(subject, avro(id="int"))
            insert(it, "(2, 'b')")
            it.carry(1)
            it.source.execute(f"ALTER TABLE {it.table} ADD COLUMN more INT")
            insert(it, "(3, 'c', 5)")
            wait_until_failed(it, "read-only mode")
            assert schema_registry.versions(f"{it.topic}-value") == [1]
        restart(it)
        it.carry(1)

        assert (schema_registry.versions(subject), schema_registry.versions(f"{it.topic}-value")) == ([], [1, 2])
        assert (read_rows(it), it.ops()) == ([(1, "a", None), (2, "b", None), (3, "c", 5)], "rcc")
