"""The files under docker/: settings fill them completely, and no secret stands in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template

import pytest
import yaml

from lakestand.settings import Settings
from lakestand.stand import configs
from tests import ROOT
from tests.unit import plain

# What only the service itself knows, beside the settings.
MORE = {
    "alertmanager/alertmanager.yml": {"inbox"},
    "connect/connect.properties": {"connect", "kafka", "plugins"},
    "iceberg-rest/catalog-config.yaml": {"database", "s3_endpoint"},
    "kafka/server.properties": {"advertised", "data", "kafka", "largest", "request"},
    "prometheus/prometheus.yml": {"alertmanager", "exporter"},
    "schema-registry/schema-registry.properties": {"data"},
}
# What every file may ask for beside the settings' fields.
ALWAYS = {"listen"}
# Read by programs that have their own ${…}, or by a compiler: never filled in.
AS_THEY_ARE = {
    "connect/MissingCharsets.java",
    "iceberg-rest/LoopbackCatalogServer.java",
    "kafka/log4j2.properties",
    "mysql/my.cnf",
    "prometheus/rules.test.yml",
    "prometheus/rules.yml",
    "postgres/postgresql.conf",
}
FOLDER = ROOT / "docker"
# Those of an image, and what runs in it alone, are Compose's matter.
FILES = sorted(str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*") if p.is_file() and p.parent != FOLDER)
IN_IMAGES = {
    *("alertmanager/entrypoint.sh", "minio/entrypoint.sh", "minio/init-buckets.sh"),
    *("connect/Dockerfile", "inbox/Dockerfile", "schema-registry/Dockerfile"),
}
FILLED = [
    name for name in FILES if name not in AS_THEY_ARE and Path(name).suffix in {".yml", ".yaml", ".json", ".properties"}
]
SECRET = re.compile(r"(?i)(password|secret|token|api[_-]?key)[\"']?\s*[:=]\s*[\"']?([^\s\"',}]+)")


@pytest.fixture
def settings() -> Settings:
    return plain.settings(host="127.0.0.9", port_offset=100)


def filled(name: str, settings: Settings) -> str:
    service, file = name.split("/")
    return configs.render(service, file, settings, **dict.fromkeys(MORE.get(name, set()), "given"))


@pytest.mark.parametrize("name", FILLED)
def test_settings_fill_every_placeholder(name: str, settings: Settings) -> None:
    assert "${" not in filled(name, settings)


@pytest.mark.parametrize("name", FILLED)
def test_a_file_asks_only_for_settings_and_what_its_service_gives(name: str) -> None:
    asked = set(Template((FOLDER / name).read_text()).get_identifiers())

    assert asked - set(Settings.model_fields) - ALWAYS == MORE.get(name, set())


@pytest.mark.parametrize("name", sorted(AS_THEY_ARE))
def test_a_file_that_is_read_as_it_is_asks_for_no_setting(name: str) -> None:
    asked = set(Template((FOLDER / name).read_text()).get_identifiers())

    assert asked & set(Settings.model_fields) == set()


@pytest.mark.parametrize("name", FILES)
def test_no_file_holds_a_secret_of_its_own(name: str) -> None:
    literal = [value for _key, value in SECRET.findall((FOLDER / name).read_text()) if not value.startswith("${")]

    assert literal == []


@pytest.mark.parametrize("name", sorted(set(FILES) - IN_IMAGES))
def test_no_file_names_an_address_or_a_port_that_is_a_setting(name: str) -> None:
    numbers = set(re.findall(r"\d+(?:\.\d+){3}|\d+", (FOLDER / name).read_text()))
    fields = ["host", *Settings.port_fields()]

    assert numbers & {str(Settings.model_fields[field].default) for field in fields} == set()


@pytest.mark.parametrize("name", [n for n in FILLED if n.endswith((".yml", ".yaml"))])
def test_a_filled_yaml_file_can_be_read(name: str, settings: Settings) -> None:
    assert isinstance(yaml.safe_load(filled(name, settings)), dict)


def test_ports_with_the_offset_arrive_in_the_file(settings: Settings) -> None:
    text = filled("kafka/server.properties", settings)

    assert "listeners=PLAINTEXT://127.0.0.9:9192,WITHIN://127.0.0.9:9195,CONTROLLER://127.0.0.9:9194\n" in text
    assert "log.dirs=given\n" in text


def test_the_object_stores_secret_arrives_as_it_is(settings: Settings) -> None:
    identity = json.loads(filled("minio/s3.json", settings))["identities"][0]

    assert identity["credentials"] == [{"accessKey": "lakestand", "secretKey": plain.SECRET}]


def test_a_placeholder_that_nobody_fills_is_an_error(settings: Settings) -> None:
    with pytest.raises(KeyError, match="kafka"):
        configs.render("connect", "connect.properties", settings)
