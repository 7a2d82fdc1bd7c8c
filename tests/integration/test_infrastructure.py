"""Every service of the stand does its job, and on loopback only."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import deltalake
import pyarrow as pa
import pytest
import requests
from confluent_kafka import Consumer, Producer, TopicPartition
from pyarrow import fs
from pydantic import SecretStr

from lakestand import probe
from lakestand.lake import store
from lakestand.settings import Settings
from lakestand.stand.services import mysql, postgres
from lakestand.stand.stack import Stack
from tests.fixtures.debezium_connector import Register
from tests.fixtures.default_services import DEFAULT
from tests.fixtures.delta_spark import DeltaSparkManager
from tests.fixtures.unique import unique


@pytest.mark.services("postgres")
def test_postgres_decodes_logically(settings: Settings) -> None:
    with postgres.connect(settings) as connection:
        assert connection.execute("SHOW wal_level").fetchone() == ("logical",)
        slot = unique("slot")
        connection.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [slot])
        row = connection.execute("SELECT active FROM pg_replication_slots WHERE slot_name = %s", [slot]).fetchone()
        connection.execute("SELECT pg_drop_replication_slot(%s)", [slot])

    assert row == (False,)


@pytest.mark.services("mysql")
def test_mysql_logs_full_rows_with_gtid(settings: Settings) -> None:
    with mysql.connect(settings) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@log_bin, @@binlog_format, @@binlog_row_image, @@gtid_mode, @@character_set_server")

        assert cursor.fetchone() == (1, "ROW", "FULL", "ON", "utf8mb4")


@pytest.mark.services("kafka")
def test_kafka_returns_what_was_produced(settings: Settings) -> None:
    topic = unique("infra")
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
    producer.produce(topic, b"value", key=b"key")
    assert producer.flush(10) == 0

    consumer = Consumer({"bootstrap.servers": settings.bootstrap_servers, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, 0)])
    message = consumer.poll(10)
    consumer.close()

    assert message is not None
    assert (message.key(), message.value(), message.offset()) == (b"key", b"value", 0)


@pytest.mark.services("connect")
def test_connect_offers_debezium_for_three_databases(settings: Settings) -> None:
    plugins = requests.get(f"{settings.connect_url}/connector-plugins", timeout=10).json()

    classes = {p["class"].rsplit(".", 1)[-1] for p in plugins if "debezium" in p["class"]}
    assert classes == {"PostgresConnector", "MySqlConnector", "MariaDbConnector"}


@pytest.mark.services("postgres", "connect")
def test_debezium_connector_registration(debezium_connector: Register) -> None:
    capture = debezium_connector("postgres", "id INT PRIMARY KEY")
    capture.start()

    assert capture.client.is_running(capture.config.name)
    assert capture.config.name in capture.client.list_connectors()


@pytest.mark.services("minio")
def test_spark_delta_packages_loaded(delta_spark: DeltaSparkManager) -> None:
    loaded = delta_spark.get_spark_session().conf

    assert delta_spark.is_delta_available()
    assert loaded.get("spark.sql.extensions") == "io.delta.sql.DeltaSparkSessionExtension"
    assert loaded.get("spark.sql.catalog.spark_catalog") == "org.apache.spark.sql.delta.catalog.DeltaCatalog"


@pytest.mark.services("schema-registry")
def test_schema_registry_reachable(settings: Settings) -> None:
    subject = f"{settings.schema_registry_url}/subjects/{unique('infra')}-value"
    schema = {"schema": '{"type": "record", "name": "R", "fields": [{"name": "id", "type": "long"}]}'}
    response = requests.post(f"{subject}/versions", json=schema, timeout=10)
    listed = requests.get(f"{subject}/versions", timeout=10).json()
    requests.delete(subject, timeout=10)

    assert response.status_code == 200
    assert listed == [1]


@pytest.mark.services("minio")
def test_object_store_keeps_bytes(settings: Settings) -> None:
    s3, bucket = store.s3(settings), unique("infra").replace("_", "-")
    s3.create_dir(bucket)
    with s3.open_output_stream(f"{bucket}/a/b.bin") as out:
        out.write(b"\x00\xff" * 1000)
    with s3.open_input_file(f"{bucket}/a/b.bin") as file:
        content = file.read()
    s3.delete_dir(bucket)

    assert content == b"\x00\xff" * 1000


@pytest.mark.services("minio")
def test_object_store_refuses_a_wrong_secret(settings: Settings) -> None:
    stranger = settings.model_copy(update={"s3_secret_access_key": SecretStr("wrong")})

    with pytest.raises(OSError, match=r"SIGNATURE_DOES_NOT_MATCH"):
        store.s3(stranger).get_file_info(fs.FileSelector("/"))


@pytest.mark.services("minio")
def test_object_store_refuses_to_overwrite_when_asked(settings: Settings) -> None:
    """Delta commits by If-None-Match: a store that ignores it loses commits."""
    s3, bucket = store.s3(settings), unique("infra").replace("_", "-")
    s3.create_dir(bucket)
    table = f"s3://{bucket}/t"
    options = store.delta(settings)
    rows = pa.table({"id": [1]})
    deltalake.write_deltalake(table, rows, storage_options=options)
    stale = deltalake.DeltaTable(table, storage_options=options)
    deltalake.write_deltalake(table, rows, mode="append", storage_options=options)
    deltalake.write_deltalake(stale, rows, mode="append")
    version = deltalake.DeltaTable(table, storage_options=options).version()
    s3.delete_dir(bucket)

    assert version == 2


@pytest.mark.services("iceberg-rest", "minio")
def test_iceberg_catalog_reachable(settings: Settings) -> None:
    assert requests.get(f"{settings.iceberg_uri}/v1/config", timeout=10).status_code == 200
    namespace, s3 = unique("infra"), store.s3(settings)
    s3.create_dir(settings.warehouse_bucket)
    catalog = store.iceberg(settings)
    catalog.create_namespace(namespace)
    table = catalog.create_table(f"{namespace}.t", schema=pa.schema([("id", pa.int64())]))
    table.append(pa.table({"id": [1, 2, 3]}))
    ids = catalog.load_table(f"{namespace}.t").scan().to_arrow()["id"].to_pylist()
    catalog.purge_table(f"{namespace}.t")
    catalog.drop_namespace(namespace)

    assert ids == [1, 2, 3]


@pytest.mark.services("alertmanager", "inbox")
def test_alertmanager_delivers_an_alert_to_the_inbox(settings: Settings) -> None:
    name = unique("Infra")
    alert = [{"labels": {"alertname": name, "severity": "info"}}]
    requests.post(f"{settings.alertmanager_url}/api/v2/alerts", json=alert, timeout=10).raise_for_status()

    def arrived() -> list[str]:
        messages = requests.get(f"{settings.inbox_url}/api/messages", timeout=10).json()
        return [m["channel"] for m in messages if name in str(m["body"])]

    probe.until(arrived, 20, f"alert {name} in the inbox")
    assert arrived() == ["webhook"]


@pytest.mark.services("inbox")
def test_inbox_receives_mail_and_webhooks(settings: Settings) -> None:
    mark, mail = unique("infra"), EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.test", "b@example.test", mark
    with smtplib.SMTP(settings.host, settings.port("smtp"), timeout=10) as smtp:
        smtp.send_message(mail)
    requests.post(f"{settings.receiver_url}/webhook", json={"mark": mark}, timeout=10)

    messages = requests.get(f"{settings.inbox_url}/api/messages", timeout=10).json()
    assert [m["channel"] for m in messages if mark in str(m)] == ["email", "webhook"]


@pytest.mark.services(*DEFAULT)
def test_nothing_listens_beyond_loopback(stack: Stack) -> None:
    listeners = stack.runtime.listeners([stack.services[name] for name in DEFAULT])

    assert {port for name in DEFAULT for port in stack.services[name].ports} <= {port for _host, port in listeners}
    assert [(host, port) for host, port in listeners if host not in {"127.0.0.1", "::1", "::ffff:127.0.0.1"}] == []
