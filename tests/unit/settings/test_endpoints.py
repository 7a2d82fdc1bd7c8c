"""The endpoints that other tools read: right values, and no secret among them."""

from __future__ import annotations

import re

import pytest

from lakestand.settings import endpoints
from tests.unit import plain

MOVED = plain.settings(host="127.0.0.9", port_offset=10_000)
FOUND = endpoints.variables(MOVED)


def test_no_secret_is_among_them() -> None:
    assert [name for name, value in FOUND.items() if plain.SECRET in value] == []


def test_no_name_promises_a_secret() -> None:
    assert [name for name in FOUND if re.search("PASSWORD|PWD|SECRET|TOKEN", name)] == []


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "PGHOST": "127.0.0.9",
        "PGPORT": "15432",
        "PGUSER": "postgres",
        "PGDATABASE": "shop",
        "MYSQL_HOST": "127.0.0.9",
        "MYSQL_TCP_PORT": "13306",
        "MYSQL_USER": "root",
        "MYSQL_DATABASE": "shop",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.9:19092",
        "CONNECT_URL": "http://127.0.0.9:18083",
        "SCHEMA_REGISTRY_URL": "http://127.0.0.9:18081/apis/ccompat/v7",
        "AWS_ENDPOINT_URL": "http://127.0.0.9:19000",
        "AWS_ACCESS_KEY_ID": "lakestand",
        "AWS_REGION": "us-east-1",
        "PYICEBERG_CATALOG__DEFAULT__URI": "http://127.0.0.9:18181",
        "PYICEBERG_CATALOG__DEFAULT__WAREHOUSE": "s3://warehouse/",
        "SPARK_MASTER": "spark://127.0.0.9:17077",
        "PROMETHEUS_URL": "http://127.0.0.9:19090",
        "ALERTMANAGER_URL": "http://127.0.0.9:19093",
        "SMTP_HOST": "127.0.0.9",
        "SMTP_PORT": "11025",
        "INBOX_URL": "http://127.0.0.9:18025",
        "WEBHOOK_URL": "http://127.0.0.9:15001/webhook",
    }.items(),
)
def test_an_endpoint_follows_host_and_offset(name: str, value: str) -> None:
    assert FOUND[name] == value


def test_there_are_no_other_endpoints_than_those_tested() -> None:
    assert len(FOUND) == 23


@pytest.mark.parametrize("name", FOUND)
def test_a_value_needs_no_quotes_in_a_shell(name: str) -> None:
    assert re.fullmatch(r"[\w.:/-]+", FOUND[name])
