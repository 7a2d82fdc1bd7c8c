"""How services see each other in containers, and what is told to those outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.errors import StandError
from lakestand.settings import Settings
from lakestand.sources import presets
from lakestand.stand import checkout
from lakestand.stand.container import main
from lakestand.stand.runtimes import choice, inside
from lakestand.stand.runtimes.compose import network, published
from lakestand.stand.runtimes.compose.project import variables
from lakestand.stand.runtimes.inside import Inside
from lakestand.stand.services import declare
from tests.unit import plain

OFFSET = 10_000


@pytest.fixture
def outside(tmp_path: Path) -> Settings:
    return plain.settings(runtime="compose", port_offset=OFFSET, state_dir=tmp_path)


def test_natively_services_see_each_other_as_everybody_does() -> None:
    settings = plain.settings(port_offset=OFFSET)

    assert settings.within is settings
    assert settings.listen == settings.reach("kafka") == "127.0.0.1"


def test_in_containers_they_have_names_and_the_default_ports(outside: Settings) -> None:
    within = outside.within

    assert (outside.port("kafka"), within.port("kafka")) == (19092, 9092)
    assert within.s3_endpoint == "http://minio:9000"
    assert within.bootstrap_servers == "kafka:9095"
    assert within.listen == "0.0.0.0"  # noqa: S104


def test_what_is_told_to_clients_outside_is_where_they_reach_it(outside: Settings) -> None:
    within = outside.within

    assert within.kafka_advertised == outside.bootstrap_servers == "127.0.0.1:19092"
    assert within.alertmanager_external_url == "http://127.0.0.1:19093"
    assert within.runbooks == "http://127.0.0.1:18025/runbook"


@pytest.mark.parametrize("database", ["postgres", "mysql", "mariadb"])
def test_a_connector_gets_the_address_inside_and_is_checked_from_outside(outside: Settings, database: str) -> None:
    config = presets.MAKERS[database](outside, ["a.b"])  # type: ignore[index]
    port = {"postgres": 5432, "mysql": 3306, "mariadb": 3307}[database]
    checked = presets.with_local_address(outside, config)

    assert (config.database_hostname, config.database_port) == (database, port)
    assert (checked.database_hostname, checked.database_port) == ("127.0.0.1", port + OFFSET)
    assert config.bootstrap_servers == "kafka:9095"


def test_a_database_of_somebody_else_is_checked_where_it_is(outside: Settings) -> None:
    config = presets.for_postgres(outside, ["a.b"]).model_copy(update={"database_hostname": "db.example.test"})

    assert presets.with_local_address(outside, config) == config


@pytest.mark.parametrize("images", ["pull", "build"])
def test_the_registry_is_apicurio_with_either_images(outside: Settings, images: str) -> None:
    settings = outside.model_copy(update={"images": images})

    assert settings.schema_registry_url == "http://127.0.0.1:18081/apis/ccompat/v7"
    avro = presets.for_postgres(settings, ["a.b"], format="avro").to_dict()
    assert avro["value.converter"] == "io.apicurio.registry.utils.converter.AvroConverter"
    assert avro["value.converter.apicurio.registry.url"] == "http://schema-registry:8081/apis/registry/v2"


def test_the_variables_for_compose_hold_secrets_and_the_ports_with_their_offset(outside: Settings) -> None:
    found = variables(outside)

    assert found["LAKESTAND_POSTGRES_PORT"] == "15432"
    assert {found[f"LAKESTAND_{name.upper()}"] for name in Settings.secret_fields()} == {plain.SECRET}


@pytest.mark.parametrize("name", list(published.FILES))
def test_a_configuration_for_a_published_image_is_filled_in_and_holds_no_secret(outside: Settings, name: str) -> None:
    published.write(outside, [name])
    texts = [file.read_text() for file in (outside.home / "published" / name).iterdir()]

    assert texts
    assert [text for text in texts if plain.SECRET in text or "${" in text] == []


def test_the_published_catalogue_gets_its_settings_as_its_image_reads_them(outside: Settings) -> None:
    published.write(outside, ["iceberg-rest"])
    text = (outside.home / "published" / "iceberg-rest" / "catalog.env").read_text()

    assert "CATALOG_CATALOG__IMPL=org.apache.iceberg.jdbc.JdbcCatalog\n" in text
    assert "CATALOG_S3_PATH__STYLE__ACCESS=true\n" in text
    assert "CATALOG_JDBC_STRICT__MODE=true\n" in text
    assert "CATALOG_S3_ENDPOINT=http://minio:9000\n" in text


def test_a_stand_remembers_its_runtime_until_it_is_taken_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKESTAND_RUNTIME", raising=False)
    monkeypatch.setenv("LAKESTAND_STATE_DIR", str(tmp_path / "stands"))
    choice.settle(Settings.load(tmp_path / ".env").model_copy(update={"runtime": "compose", "images": "build"}))

    recalled = Settings.load(tmp_path / ".env")
    assert (recalled.runtime, recalled.images) == ("compose", "build")
    recalled.runtime_file.unlink()
    assert Settings.load(tmp_path / ".env").runtime == "auto"


def test_inside_a_container_a_service_counts_as_running_from_its_start_to_its_stop(tmp_path: Path) -> None:
    service, runtime = declare(plain.settings(inside=True))["kafka"], Inside(tmp_path)

    assert not runtime.running(service)
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / inside.WANTED).touch()
    assert runtime.running(service)


def test_a_container_can_look_at_the_stand_but_not_run_it(tmp_path: Path) -> None:
    settings = plain.settings(inside=True, state_dir=tmp_path)

    assert checkout.observer(settings) == Inside(tmp_path / "lakestand")
    with pytest.raises(StandError, match="ask lakestand outside"):
        checkout.stack(settings)


def test_network_rules_that_were_not_there_are_put_back_as_empty_tables() -> None:
    nat = "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n"

    assert network.complete_tables("") == network.EMPTY["filter"] + network.EMPTY["nat"]
    assert network.complete_tables(nat) == nat + network.EMPTY["filter"]


def test_an_error_in_a_container_is_one_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKESTAND_KAFKA_PROT", "1")

    assert main(["kafka"]) == 1
    assert capsys.readouterr().err == "unknown setting LAKESTAND_KAFKA_PROT: did you mean LAKESTAND_KAFKA_PORT?\n"
