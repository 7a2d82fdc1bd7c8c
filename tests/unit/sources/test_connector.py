"""A connector's configuration: the defaults of the specification, and what Connect gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.presets import for_mysql, for_postgres
from lakestand.sources.properties import CLASSES, COMMON
from tests.unit import plain

NEEDED = {"name": "shop-1", "database_password": plain.SECRET, "database_dbname": "shop", "topic_prefix": "s1"}
SETTINGS = plain.settings(host="127.0.0.9", port_offset=10_000, postgres_database="pg", mysql_database="my")


def config(**more: object) -> DebeziumConnectorConfig:
    return DebeziumConnectorConfig.model_validate(NEEDED | more)


POSTGRES = COMMON | {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "producer.override.max.request.size": str(95 << 20),
    "producer.override.buffer.memory": str((95 + 16) << 20),
    "tasks.max": "1",
    "database.hostname": "127.0.0.1",
    "database.port": "5432",
    "database.user": "postgres",
    "database.password": plain.SECRET,
    "database.dbname": "shop",
    "topic.prefix": "s1",
    "snapshot.mode": "initial",
    "heartbeat.interval.ms": "10000",
    "decimal.handling.mode": "precise",
    "time.precision.mode": "adaptive_time_microseconds",
    "plugin.name": "pgoutput",
    "slot.name": "shop_1",
    "slot.drop.on.stop": "false",
    "heartbeat.action.query": "SELECT pg_logical_emit_message(false, 'lakestand-heartbeat', '')",
    "message.prefix.exclude.list": "lakestand-heartbeat",
    "publication.name": "shop_1",
    "publication.autocreate.mode": "filtered",
    "publish.via.partition.root": "true",
    "converters": "lakestand",
    "lakestand.type": "dev.lakestand.PostgresValues",
    "include.unknown.datatypes": "true",
    **{
        f"{part}.converter{key}": value
        for part in ("key", "value")
        for key, value in {
            "": "org.apache.kafka.connect.json.JsonConverter",
            ".schemas.enable": "true",
            ".replace.null.with.default": "false",
        }.items()
    },
}
ONLY_POSTGRES = (
    "database.dbname",
    "plugin.name",
    "slot",
    "publication",
    "publish",
    "heartbeat.action",
    "message.prefix",
    "include",
)
MYSQL = {key: value for key, value in POSTGRES.items() if not key.startswith(ONLY_POSTGRES)} | {
    "connector.class": "io.debezium.connector.mysql.MySqlConnector",
    "database.include.list": "shop",
    "database.server.id": "547840048",
    "include.schema.changes": "false",
    "schema.history.internal.kafka.bootstrap.servers": "127.0.0.1:9092",
    "schema.history.internal.kafka.topic": "schema-history.shop-1",
    "schema.history.internal.store.only.captured.tables.ddl": "true",
    "connect.keep.alive.interval.ms": "1000",
    "bigint.unsigned.handling.mode": "precise",
    "database.ssl.mode": "disabled",
    "database.allowPublicKeyRetrieval": "true",
    "lakestand.type": "dev.lakestand.MySqlValues",
    "enable.time.adjuster": "false",
    "driver.yearIsDateType": "false",
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("plugin_name", "pgoutput"), ("snapshot_mode", "initial"), ("heartbeat_interval_ms", 10_000)),
        *(("decimal_handling_mode", "precise"), ("time_precision_mode", "adaptive_time_microseconds")),
        *(("tasks_max", 1), ("converters", {}), ("extra_config", {}), ("database", "postgres")),
        *(("table_include_list", ""), ("schema_include_list", ""), ("slot_name", ""), ("publication_name", "")),
    ],
)
def test_a_default_is_that_of_the_specification(field: str, value: object) -> None:
    assert getattr(config(), field) == value


@pytest.mark.parametrize("field", NEEDED)
def test_what_has_no_default_must_be_given(field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        DebeziumConnectorConfig.model_validate({k: v for k, v in NEEDED.items() if k != field})


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="slot_nmae"):
        config(slot_nmae="x")


def test_postgres_gets_exactly_this() -> None:
    assert config().to_dict() == POSTGRES


def test_mysql_gets_exactly_this() -> None:
    assert config(database="mysql").to_dict() == MYSQL


def test_mariadb_differs_from_mysql_by_its_class_and_its_word_for_no_tls() -> None:
    differs = {"connector.class": CLASSES["mariadb"], "database.ssl.mode": "disable"}
    assert config(database="mariadb").to_dict() == MYSQL | differs


@pytest.mark.parametrize("database", CLASSES)
def test_connect_gets_nothing_but_texts(database: str) -> None:
    assert {type(value) for value in config(database=database).to_dict().values()} == {str}


@pytest.mark.parametrize(
    ("given", "key", "value"),
    [
        ({"table_include_list": "public.a,public.b"}, "table.include.list", "public.a,public.b"),
        ({"schema_include_list": "public"}, "schema.include.list", "public"),
        ({"slot_name": "mine"}, "slot.name", "mine"),
        ({"slot_name": "mine"}, "publication.name", "mine"),
        ({"publication_name": "mine"}, "slot.name", "shop_1"),
        ({"publication_name": "mine"}, "publication.name", "mine"),
        ({"tasks_max": 2}, "tasks.max", "2"),
        ({"converters": {"converters": "iso"}}, "converters", "iso"),
    ],
)
def test_what_is_given_arrives_under_connects_name(given: dict[str, Any], key: str, value: str) -> None:
    assert config(**given).to_dict()[key] == value


@pytest.mark.parametrize("field", ["decimal_handling_mode", "time_precision_mode"])
def test_debeziums_own_forms_are_left_to_it(field: str) -> None:
    assert "converters" not in config(**{field: "string"}).to_dict()


def test_mysql_has_no_schemas_to_include() -> None:
    assert "schema.include.list" not in config(database="mysql", schema_include_list="public").to_dict()


@pytest.mark.parametrize("key", ["snapshot.mode", "poll.interval.ms", "slot.name", "converters", "new.key"])
def test_extra_config_wins_over_everything(key: str) -> None:
    made = config(converters={"converters": "iso"}, extra_config={key: "mine"})

    assert made.to_dict()[key] == "mine"


@pytest.mark.parametrize("shown", [repr, str, DebeziumConnectorConfig.model_dump_json], ids=["repr", "str", "json"])
def test_the_password_never_shows(shown: Callable[[object], str]) -> None:
    assert plain.SECRET not in shown(config())


def test_a_refused_configuration_does_not_show_the_password() -> None:
    with pytest.raises(ValidationError) as caught:
        config(tasks_max="many")
    assert plain.SECRET not in str(caught.value)


def test_server_ids_differ_by_name_and_stay_what_mysql_allows() -> None:
    ids = [config(name=f"c{n}").server_id for n in range(1000)]

    assert len(set(ids)) == 1000
    assert 100_000 <= min(ids) < max(ids) < 2**32


def test_a_name_always_has_the_same_server_id() -> None:
    assert config().server_id == config(topic_prefix="other").server_id == 547840048


@pytest.mark.parametrize(("given", "tables"), [("", []), ("a.b", ["a.b"]), (" a.b , a.c,", ["a.b", "a.c"])])
def test_tables_are_the_parts_of_the_list(given: str, tables: list[str]) -> None:
    assert config(table_include_list=given).tables == tables


def test_a_connector_of_the_stands_postgres_is_at_its_address() -> None:
    made = for_postgres(SETTINGS, ["public.a", "public.b"])

    assert made == DebeziumConnectorConfig(
        name="pg-postgres",
        topic_prefix="pg-postgres",
        database_hostname="127.0.0.9",
        database_port=15432,
        database_password=SecretStr(plain.SECRET),
        database_dbname="pg",
        table_include_list=r"(?-i)public\.a,(?-i)public\.b",
        bootstrap_servers="127.0.0.9:19092",
        registry_url="http://127.0.0.9:18081/apis/registry/v2",
    )


def test_a_connector_of_the_stands_mysql_is_at_its_address() -> None:
    made = for_mysql(SETTINGS, ["my.a"])

    assert made == DebeziumConnectorConfig(
        name="my-mysql",
        database="mysql",
        topic_prefix="my-mysql",
        database_hostname="127.0.0.9",
        database_port=13306,
        database_user="root",
        database_password=SecretStr(plain.SECRET),
        database_dbname="my",
        table_include_list=r"(?-i)my\.a",
        bootstrap_servers="127.0.0.9:19092",
        registry_url="http://127.0.0.9:18081/apis/registry/v2",
    )


@pytest.mark.parametrize("make", [for_postgres, for_mysql])
def test_a_name_and_more_win_over_the_stands(make: Callable[..., DebeziumConnectorConfig]) -> None:
    made = make(SETTINGS, [], name="mine", topic_prefix="t", snapshot_mode="no_data")

    assert (made.name, made.topic_prefix, made.snapshot_mode) == ("mine", "t", "no_data")
