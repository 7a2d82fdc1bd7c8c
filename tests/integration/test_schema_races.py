"""Schema changes at the same time: of two tables, and of one subject by two clients."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from lakestand.clients.registry import Registry
from lakestand.errors import ErrorStatus
from lakestand.settings import Settings
from tests.fixtures.noted_table import COLUMNS, insert, read_rows
from tests.fixtures.road import Road, roads
from tests.fixtures.schema_registry import avro

pytestmark = pytest.mark.services("postgres", "connect", "minio", "iceberg-rest", "schema-registry")


def test_two_tables_that_change_at_once_are_both_followed(settings: Settings, schema_registry: Registry) -> None:
    with roads(settings, "postgres", "iceberg", [COLUMNS, COLUMNS], "avro") as both:

        def change(it: Road) -> None:
            insert(it, "(1, 'a')")
            it.source.execute(f"ALTER TABLE {it.table} ADD COLUMN more INT")
            insert(it, "(2, 'b', 5)")
            it.source.execute(f"ALTER TABLE {it.table} DROP COLUMN n, ADD COLUMN last TEXT")
            insert(it, "(3, 6, 'c')")

        both[0].register()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(change, both))
        for it in both:
            it.carry(3)

        assert [schema_registry.versions(f"{it.topic}-value") for it in both] == [[1, 2, 3], [1, 2, 3]]
        expected = [(1, "a", None, None), (2, "b", 5, None), (3, None, 6, "c")]
        assert [read_rows(it) for it in both] == [expected, expected]


def test_of_two_versions_registered_at_once_that_do_not_fit_each_other_one_is_refused(
    schema_registry: Registry, subject: str
) -> None:
    schema_registry.register(subject, avro(id="int"))

    def register(schema: str) -> int:
        try:
            return bool(Registry(schema_registry.config).register(subject, schema))
        except ErrorStatus as err:
            return err.status

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(register, [avro(id="int", a=("int", 0)), avro(id="int", a=("string", ""))]))

    assert sorted(answers) == [True, 409]
    assert schema_registry.versions(subject) == [1, 2]
