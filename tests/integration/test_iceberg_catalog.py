"""The catalogue itself, asked by HTTP: what it refuses as Iceberg's REST specification says, and what it lets pass."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests
from pyiceberg.catalog import Catalog

from lakestand.errors import TableError
from lakestand.lake.iceberg import tables
from lakestand.settings import Settings
from tests.fixtures.appends import SCHEMA
from tests.fixtures.iceberg_catalog import SERVICES

pytestmark = pytest.mark.services(*SERVICES)

ROW = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "id", "required": False, "type": "long"}]}
VIEW = {
    "version-id": 1,
    "timestamp-ms": 1,
    "schema-id": 0,
    "summary": {},
    "representations": [{"type": "sql", "sql": "SELECT 1", "dialect": "spark"}],
    "default-namespace": ["any"],
}
NO_NAMESPACE, NO_TABLE = (404, "NoSuchNamespaceException"), (404, "NoSuchTableException")
EXISTS, NOT_EMPTY = (409, "AlreadyExistsException"), (409, "NamespaceNotEmptyException")
REFUSED_BY_JETTY = {"a/b", "50%", "%2F"}
Answer = tuple[int, str]
Ask = Callable[..., Answer]


@pytest.fixture
def ask(settings: Settings) -> Ask:
    """Sends a request; its status, and the kind of the error, if it is one."""

    def send(method: str, path: str, json: object = None) -> Answer:
        found = requests.request(method, f"{settings.iceberg_uri}/v1/{path}", json=json, timeout=20)
        is_json = found.headers.get("Content-Type", "").startswith("application/json")
        return found.status_code, str(found.json()["error"]["type"]) if is_json and not found.ok else ""

    return send


@pytest.fixture
def orders(iceberg_catalog: Catalog, namespace: str) -> str:
    """A namespace with the table orders."""
    tables.create(iceberg_catalog, f"{namespace}.orders", SCHEMA)
    return namespace


def published(settings: Settings) -> bool:
    """Whether it is an image of others, whose server takes paths by Jetty's own rules."""
    return settings.runtime == "compose" and settings.images == "pull"


def table(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "schema": ROW, **more}


def names(*each: tuple[str, str]) -> dict[str, Any]:
    """From and to, as namespace and name."""
    return dict(zip(("source", "destination"), ({"namespace": [n], "name": t} for n, t in each), strict=True))


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


# What it lets pass: docs/infrastructure/iceberg-setup.md has these.


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
