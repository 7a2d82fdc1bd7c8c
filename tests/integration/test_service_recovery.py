"""What a service does after SIGKILL, a pause, or an end for lack of memory: it is back with its data."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from lakestand import probe
from lakestand.lake import store
from lakestand.settings import Settings
from lakestand.stand import artifacts
from lakestand.stand.services import mysql, postgres
from lakestand.stand.services.jvm import Jvm
from lakestand.stand.stack import Stack
from tests.fixtures.unique import unique


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
        assert "timed out" in probe.explain(ask) or "timeout" in probe.explain(ask)
        assert stack.runtime.running(service)
    finally:
        stack.runtime.resume(service)
    probe.wait(service.ready, 20)


def test_probe_of_a_stopped_service_says_why() -> None:
    assert probe.explain(probe.tcp("127.0.0.1", 1)) == "tcp 127.0.0.1:1: Connection refused"
