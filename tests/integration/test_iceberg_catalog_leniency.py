"""The catalogue itself, asked by HTTP: what it accepts and need not; docs/infrastructure/iceberg-setup.md lists it."""

from __future__ import annotations

import uuid

import pytest
from pyiceberg.catalog import Catalog

from lakestand.settings import Settings
from tests.fixtures.catalog_requests import (
    NO_NAMESPACE,
    ROW,
    Ask,
    ask,
    orders,
    table,
)
from tests.fixtures.iceberg_catalog import SERVICES

pytestmark = pytest.mark.services(*SERVICES)

__all__ = ["ask", "orders"]  # fixtures


def test_a_staged_table_meets_a_missing_namespace_when_it_is_committed(
    settings: Settings, ask: Ask, namespace: str
) -> None:
    inside = f"namespaces/{namespace}_missing/tables"
    updates = [
        {"action": "assign-uuid", "uuid": str(uuid.uuid4())},
        {"action": "upgrade-format-version", "format-version": 2},
        {"action": "add-schema", "schema": ROW, "last-column-id": 1},
        {"action": "set-current-schema", "schema-id": -1},
        {"action": "add-spec", "spec": {"spec-id": 0, "fields": []}},
        {"action": "set-default-spec", "spec-id": -1},
        {"action": "add-sort-order", "sort-order": {"order-id": 0, "fields": []}},
        {"action": "set-default-sort-order", "sort-order-id": -1},
        {"action": "set-location", "location": f"s3://{settings.warehouse_bucket}/{namespace}/t"},
    ]

    assert ask("POST", inside, table("t", **{"stage-create": True})) == (200, "")
    assert ask("POST", f"{inside}/t", {"requirements": [{"type": "assert-create"}], "updates": updates}) == NO_NAMESPACE
    assert ask("GET", f"namespaces/{namespace}_missing") == NO_NAMESPACE


def test_a_namespace_is_made_without_its_parent_which_is_there_as_long_as_it_has_children(
    ask: Ask, namespace: str
) -> None:
    parent = f"namespaces/{namespace}_parent"

    assert ask("POST", "namespaces", {"namespace": [f"{namespace}_parent", "child"]}) == (200, "")
    assert ask("GET", parent) == (200, "")
    assert ask("DELETE", f"{parent}.child") == (204, "")
    assert ask("GET", parent) == NO_NAMESPACE


def test_a_dot_in_a_namespaces_name_parts_it(ask: Ask, iceberg_catalog: Catalog, namespace: str) -> None:
    assert ask("POST", "namespaces", {"namespace": [f"{namespace}.inner"]}) == (200, "")
    assert iceberg_catalog.list_namespaces(namespace) == [(namespace, "inner")]


def test_one_metadata_file_may_be_two_tables(ask: Ask, iceberg_catalog: Catalog, orders: str) -> None:
    where = iceberg_catalog.load_table(f"{orders}.orders").metadata_location

    assert ask("POST", f"namespaces/{orders}/register", {"name": "same", "metadata-location": where}) == (200, "")
    assert iceberg_catalog.load_table(f"{orders}.same").metadata_location == where
    iceberg_catalog.drop_table(f"{orders}.same")  # without its files, which are the other's
