"""The catalogue itself, asked by HTTP: what it refuses as Iceberg's REST specification says."""

from __future__ import annotations

from urllib.parse import quote

import pytest
import requests
from pyiceberg.catalog import Catalog

from lakestand.errors import TableError
from lakestand.lake.iceberg import tables
from lakestand.settings import Settings
from tests.fixtures.appends import SCHEMA
from tests.fixtures.catalog_requests import (
    EXISTS,
    NO_NAMESPACE,
    NO_TABLE,
    NOT_EMPTY,
    REFUSED_BY_JETTY,
    ROW,
    VIEW,
    Ask,
    ask,
    names,
    orders,
    published,
    table,
)
from tests.fixtures.iceberg_catalog import SERVICES

pytestmark = pytest.mark.services(*SERVICES)

__all__ = ["ask", "orders"]  # fixtures


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tables", table("t")),
        ("POST", "/views", {"name": "v", "schema": ROW, "view-version": VIEW, "properties": {}}),
        ("GET", "/tables", None),
        ("GET", "/views", None),
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/properties", {"updates": {"a": "b"}}),
    ],
    ids=["create table", "create view", "list tables", "list views", "load", "drop", "update"],
)
def test_a_namespace_that_is_not_there_is_refused_and_not_made(
    ask: Ask, namespace: str, method: str, path: str, body: object
) -> None:
    missing = f"namespaces/{namespace}_missing"

    assert ask(method, f"{missing}{path}", body) == NO_NAMESPACE
    assert ask("GET", missing) == NO_NAMESPACE


def test_a_table_is_not_renamed_into_a_namespace_that_is_not_there(ask: Ask, orders: str) -> None:
    to_missing = names((orders, "orders"), (f"{orders}_missing", "orders"))

    assert ask("POST", "tables/rename", to_missing) == NO_NAMESPACE
    assert ask("HEAD", f"namespaces/{orders}/tables/orders") == (204, "")


def test_a_metadata_file_is_not_registered_in_a_namespace_that_is_not_there(
    ask: Ask, iceberg_catalog: Catalog, orders: str
) -> None:
    where = iceberg_catalog.load_table(f"{orders}.orders").metadata_location
    body = {"name": "orders", "metadata-location": where}

    assert ask("POST", f"namespaces/{orders}_missing/register", body) == NO_NAMESPACE
    assert ask("POST", f"namespaces/{orders}/register", body) == EXISTS


def test_what_exists_is_not_made_again_and_what_is_missing_is_named(
    ask: Ask, iceberg_catalog: Catalog, orders: str
) -> None:
    inside, nobody = f"namespaces/{orders}/tables", names((orders, "none"), (orders, "other"))
    tables.create(iceberg_catalog, f"{orders}.stock", SCHEMA)

    assert ask("POST", "namespaces", {"namespace": [orders]}) == EXISTS
    assert ask("POST", inside, table("orders")) == EXISTS
    assert ask("POST", "tables/rename", names((orders, "orders"), (orders, "stock"))) == EXISTS
    assert ask("POST", "tables/rename", nobody) == NO_TABLE
    assert [ask(method, f"{inside}/none") for method in ("GET", "DELETE")] == [NO_TABLE, NO_TABLE]
    assert ask("GET", f"namespaces/{orders}_missing/tables/none") == NO_TABLE


def test_a_namespace_that_holds_something_is_not_dropped(ask: Ask, iceberg_catalog: Catalog, orders: str) -> None:
    assert ask("DELETE", f"namespaces/{orders}") == NOT_EMPTY
    tables.drop(iceberg_catalog, f"{orders}.orders")
    iceberg_catalog.create_namespace((orders, "inner"))
    assert ask("DELETE", f"namespaces/{orders}") == NOT_EMPTY


def test_our_own_tables_are_made_with_their_namespace(iceberg_catalog: Catalog, namespace: str) -> None:
    tables.create(iceberg_catalog, f"{namespace}.new.orders", SCHEMA)

    assert iceberg_catalog.namespace_exists(f"{namespace}.new")
    with pytest.raises(TableError, match=rf"^no namespace {namespace}_missing; invoke iceberg\.tables lists"):
        tables.rename(iceberg_catalog, f"{namespace}.new.orders", f"{namespace}_missing.orders")


@pytest.mark.parametrize(
    "name", ["with space", "a.b", "ü🦆", "semi;colon", "a?b#c", "it's", 'a"b', "<a>|b^c", "+&=", "a/b", "50%", "%2F"]
)
def test_a_table_of_any_name_is_made_loaded_listed_and_dropped(
    settings: Settings, ask: Ask, namespace: str, name: str
) -> None:
    inside = f"namespaces/{namespace}/tables"
    place = f"{inside}/{quote(name, safe='')}"

    assert ask("POST", inside, table(name)) == (200, "")
    listed = requests.get(f"{settings.iceberg_uri}/v1/{inside}", timeout=20).json()["identifiers"]
    assert [each["name"] for each in listed] == [name]
    if name in REFUSED_BY_JETTY and published(settings):
        assert ask("GET", place) == (400, "")
        assert ask("POST", "tables/rename", names((namespace, name), (namespace, "plain"))) == (204, "")
    else:
        assert [ask(method, place) for method in ("GET", "DELETE", "GET")] == [(200, ""), (204, ""), NO_TABLE]


def test_a_nested_namespace_is_found_by_clients_that_know_no_separator_but_the_first_one(
    settings: Settings, ask: Ask, iceberg_catalog: Catalog, namespace: str
) -> None:
    iceberg_catalog.create_namespace((namespace, "inner"))

    found = ask("GET", f"namespaces/{namespace}%1Finner")  # as PyIceberg 0.10 does
    assert found == (200, "") or published(settings)
