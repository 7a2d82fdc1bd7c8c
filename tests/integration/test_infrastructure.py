"""Every service of the stand does its job, on loopback only, and is back after SIGKILL with its data."""

from __future__ import annotations

import smtplib
import subprocess
import uuid
from email.message import EmailMessage
from pathlib import Path

import deltalake
import psutil
import pyarrow as pa
import pytest
import requests
from confluent_kafka import Consumer, Producer, TopicPartition
from pyarrow import fs
from pydantic import SecretStr

from lakestand import probe
from lakestand.lake import store
from lakestand.settings import Settings
from lakestand.stand import artifacts
from lakestand.stand.services import mysql, postgres
from lakestand.stand.services.jvm import Jvm
from lakestand.stand.stack import Stack
from tests.fixtures.debezium_connector import Register
from tests.fixtures.delta_spark import DeltaSparkManager

DEFAULT = (
    *("postgres", "mysql", "kafka", "connect", "schema-registry"),
    *("minio", "iceberg-rest", "alertmanager", "inbox"),
)


def unique(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex[:10]}"


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

    found = {p["class"].rsplit(".", 1)[-1] for p in plugins if "debezium" in p["class"]}
    assert found == {"PostgresConnector", "MySqlConnector", "MariaDbConnector"}


@pytest.mark.services("postgres", "connect")
def test_debezium_connector_registration(debezium_connector: Register) -> None:
    made = debezium_connector("postgres", "id INT PRIMARY KEY")
    made.start()

    assert made.client.is_running(made.config.name)
    assert made.config.name in made.client.list_connectors()


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
    made = requests.post(f"{subject}/versions", json=schema, timeout=10)
    listed = requests.get(f"{subject}/versions", timeout=10).json()
    requests.delete(subject, timeout=10)

    assert made.status_code == 200
    assert listed == [1]


@pytest.mark.services("minio")
def test_object_store_keeps_bytes(settings: Settings) -> None:
    s3, bucket = store.s3(settings), unique("infra").replace("_", "-")
    s3.create_dir(bucket)
    with s3.open_output_stream(f"{bucket}/a/b.bin") as out:
        out.write(b"\x00\xff" * 1000)
    with s3.open_input_file(f"{bucket}/a/b.bin") as file:
        found = file.read()
    s3.delete_dir(bucket)

    assert found == b"\x00\xff" * 1000


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
    found = catalog.load_table(f"{namespace}.t").scan().to_arrow()["id"].to_pylist()
    catalog.purge_table(f"{namespace}.t")
    catalog.drop_namespace(namespace)

    assert found == [1, 2, 3]


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


def test_a_service_out_of_memory_ends_and_its_log_says_so(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "Hungry.java"
    source.write_text("""package dev.lakestand;
        public class Hungry { public static void main(String[] a) {
            var kept = new java.util.ArrayList<long[]>();
            while (true) try { kept.add(new long[1 << 20]); } catch (OutOfMemoryError e) { }
        } }""")
    jar = artifacts.compile_java(source, (), settings)
    java = Jvm(name="hungry", heap_mb=32, classpath=(jar,), main=("dev.lakestand.Hungry",))
    done = subprocess.run(java.argv(settings), check=False, capture_output=True, text=True, timeout=60)
    jar.unlink()

    assert done.returncode == 3
    assert "Terminating due to java.lang.OutOfMemoryError: Java heap space" in done.stdout


@pytest.mark.services(*DEFAULT)
def test_nothing_listens_beyond_loopback(stack: Stack) -> None:
    found = stack.runtime.listeners([stack.services[name] for name in DEFAULT])

    assert len(found) >= len(DEFAULT)
    assert [(host, port) for host, port in found if host not in {"127.0.0.1", "::1", "::ffff:127.0.0.1"}] == []


@pytest.mark.services(*DEFAULT)
def test_no_secret_stands_in_a_command_line(stack: Stack, settings: Settings) -> None:
    secrets = [value.get_secret_value() for value in (getattr(settings, name) for name in Settings.secret_fields())]
    lines = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]

    assert all(secrets)
    assert [line for line in lines if any(s in line for s in secrets)] == []
    assert stack.services.keys() >= set(DEFAULT)


@pytest.mark.services(*DEFAULT)
def test_no_secret_stands_in_a_log(stack: Stack, settings: Settings) -> None:
    secrets = [getattr(settings, name) for name in Settings.secret_fields()]
    logs = {name: stack.runtime.log(stack.services[name]).tail(10_000) for name in DEFAULT}

    assert [n for n, text in logs.items() if any(s.get_secret_value() in text for s in secrets)] == []


@pytest.mark.services("postgres")
def test_killed_postgres_is_back_with_its_rows(stack: Stack, settings: Settings) -> None:
    table = unique("survivor")
    with postgres.connect(settings) as connection:
        connection.execute(f"CREATE TABLE {table} AS SELECT generate_series(1, 1000) AS id")

    with stack.stopped("postgres", kill=True):
        assert stack.state(stack.services["postgres"]) == "stopped"

    with postgres.connect(settings) as connection:
        assert connection.execute(f"SELECT count(*), sum(id) FROM {table}").fetchone() == (1000, 500500)
        connection.execute(f"DROP TABLE {table}")


@pytest.mark.services("mysql")
def test_killed_mysql_is_back_with_its_rows(stack: Stack, settings: Settings) -> None:
    table = unique("survivor")
    with mysql.connect(settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY)")
        cursor.executemany(f"INSERT INTO {table} VALUES (%s)", [[i] for i in range(1000)])

    with stack.stopped("mysql", kill=True):
        assert stack.state(stack.services["mysql"]) == "stopped"

    with mysql.connect(settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), CAST(sum(id) AS SIGNED) FROM {table}")
        assert cursor.fetchone() == (1000, 499500)
        cursor.execute(f"DROP TABLE {table}")


@pytest.mark.services("kafka")
def test_killed_kafka_is_back_with_its_records(stack: Stack, settings: Settings) -> None:
    topic = unique("survivor")
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
    for i in range(1000):
        producer.produce(topic, str(i).encode())
    assert producer.flush(10) == 0

    with stack.stopped("kafka", kill=True):
        assert stack.state(stack.services["kafka"]) == "stopped"

    consumer = Consumer({"bootstrap.servers": settings.bootstrap_servers, "group.id": topic})
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)
    consumer.close()
    assert (low, high) == (0, 1000)


@pytest.mark.services("minio")
def test_killed_object_store_is_back_with_its_objects(stack: Stack, settings: Settings) -> None:
    s3, bucket = store.s3(settings), unique("survivor").replace("_", "-")
    s3.create_dir(bucket)
    with s3.open_output_stream(f"{bucket}/kept") as out:
        out.write(b"kept")

    with stack.stopped("minio", kill=True):
        assert stack.state(stack.services["minio"]) == "stopped"

    with store.s3(settings).open_input_file(f"{bucket}/kept") as file:
        assert file.read() == b"kept"
    store.s3(settings).delete_dir(bucket)


@pytest.mark.services("alertmanager")
def test_a_paused_service_does_not_answer_and_goes_on_afterwards(stack: Stack, settings: Settings) -> None:
    service = stack.services["alertmanager"]
    ask = probe.http(f"{settings.alertmanager_url}/-/ready", timeout=1)

    stack.runtime.pause(service)
    try:
        assert "timed out" in probe.answer(ask) or "timeout" in probe.answer(ask)
        assert stack.runtime.running(service)
    finally:
        stack.runtime.resume(service)
    probe.wait(service.ready, 20)


def test_probe_of_a_stopped_service_says_why() -> None:
    assert probe.answer(probe.tcp("127.0.0.1", 1)) == "tcp 127.0.0.1:1: Connection refused"
