"""What users and accidents do wrong: one message with the cause and the way out, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr

from lakestand import probe
from lakestand.errors import BadArgument, PipelineError, PositionError, Refused, ServiceError
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings
from lakestand.sources.presets import for_postgres
from lakestand.sources.registration import register
from lakestand.stand.services import mysql, postgres
from tests.fixtures.road import SERVICES, Road, road

ROOT = Path(__file__).parents[2]
WRONG = {"postgres_password": SecretStr("wrong"), "mysql_password": SecretStr("wrong")}


@pytest.fixture
def a_road(settings: Settings) -> Iterator[Road]:
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY, n INT") as route:
        yield route


def invoke(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "invoke", *arguments]
    return subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, env=os.environ | environ)


def delete_topic(settings: Settings, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers})  # its futures die with it
    admin.delete_topics([topic])[topic].result()


@pytest.mark.services("postgres")
def test_wrong_postgres_password_is_refused_at_once(settings: Settings) -> None:
    with pytest.raises(Refused, match=r"was made with another LAKESTAND_POSTGRES_PASSWORD.*invoke reset"):
        postgres.answers_sql(settings.model_copy(update=WRONG))()


@pytest.mark.services("mysql")
def test_wrong_mysql_password_is_refused_at_once(settings: Settings) -> None:
    with pytest.raises(Refused, match=r"\.env has changed since MySQL started; invoke restart mysql"):
        mysql.answers_sql(settings.model_copy(update=WRONG))()


@pytest.mark.services("kafka")
def test_taken_port_ends_up_with_one_message(settings: Settings, tmp_path: Path) -> None:
    second = {"LAKESTAND_NAME": "second", "LAKESTAND_STATE_DIR": str(tmp_path)}
    second["LAKESTAND_PORT_OFFSET"] = str(settings.port_offset)  # else it moves by itself
    done = invoke("up", "--only", "kafka", **second)
    invoke("down", "--volumes", **second)

    assert done.returncode == 1
    assert f"port {settings.port('kafka')} is taken by process" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.services("connect", "postgres")
def test_connector_for_a_missing_table_is_refused_before_connect_hears_of_it(settings: Settings) -> None:
    config = for_postgres(settings, ["public.no_such_table"], name="never")

    with pytest.raises(BadArgument, match=r"postgres has no table public\.no_such_table \(there are: "):
        register(settings, config)


@pytest.mark.services("connect", "postgres")
def test_connector_with_a_wrong_password_is_refused_by_name(a_road: Road) -> None:
    config = a_road.config.model_copy(update={"database_password": SecretStr("hunter2")})

    with pytest.raises(ServiceError, match="password authentication failed") as caught:
        register(a_road.settings, config)
    assert "hunter2" not in str(caught.value)


@pytest.mark.services(*SERVICES)
def test_undecodable_records_are_put_aside_and_their_neighbours_arrive(a_road: Road) -> None:
    settings, topic = a_road.settings, a_road.topic
    a_road.source.execute(f"INSERT INTO {a_road.table} VALUES (1, 1)")
    a_road.register()
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
    for value in (b"not json", b'{"op": "c"}', b'{"schema":{"type":"string"},"payload":"x"}'):
        producer.produce(topic, value)
    producer.flush(10)
    a_road.source.execute(f"INSERT INTO {a_road.table} VALUES (2, 2)")

    a_road.carry(2)

    assert a_road.mirror().num_rows == 2
    letters = dead_letters(settings, topic)
    assert [value for value, _ in letters] == [
        b"not json",
        b'{"op": "c"}',
        b'{"schema":{"type":"string"},"payload":"x"}',
    ]
    assert all(headers["position"].startswith(f"{topic}[0]@".encode()) for _, headers in letters)
    assert all(b"not a Debezium envelope" in headers["reason"] for _, headers in letters)


def dead_letters(settings: Settings, topic: str) -> list[tuple[bytes, dict[str, bytes]]]:
    consumer = Consumer({"bootstrap.servers": settings.bootstrap_servers, "group.id": uuid.uuid4().hex})
    consumer.assign([TopicPartition(f"{topic}.dead-letter", 0, 0)])
    messages = consumer.consume(3, 20)
    consumer.close()
    return [(m.value() or b"", dict(m.headers() or [])) for m in messages]  # type: ignore[arg-type]


@pytest.mark.services(*SERVICES)
def test_topic_deleted_under_the_pipeline_stops_it_by_name(a_road: Road) -> None:
    a_road.source.execute(f"INSERT INTO {a_road.table} VALUES (1, 1)")
    a_road.register()

    deleted = pytest.raises(PipelineError, match=rf"topic {a_road.topic} was deleted under the pipeline")
    with deleted, a_road.flowing() as (_, wait):
        wait(2)
        delete_topic(a_road.settings, a_road.topic)
        wait(4)
    assert a_road.mirror().num_rows == 1


@pytest.mark.services(*SERVICES)
def test_topic_made_again_is_refused_instead_of_skipped(a_road: Road) -> None:
    a_road.source.execute(f"INSERT INTO {a_road.table} VALUES (1, 1)")
    a_road.register()
    a_road.carry(1)
    delete_topic(a_road.settings, a_road.topic)
    a_road.source.execute(f"INSERT INTO {a_road.table} VALUES (2, 2)")

    def refused() -> bool:
        try:
            a_road.pipeline(topic_seconds=20).run()
        except PositionError as err:
            return "deleted and made again" in str(err)
        return False

    probe.until(refused, 30, "the new topic")
    assert a_road.mirror().num_rows == 1


@pytest.mark.services("kafka")
def test_topic_that_does_not_come_is_named(settings: Settings) -> None:
    pipeline = Pipeline(
        bootstrap_servers=settings.bootstrap_servers, topics=["never.made"], sinks=[], topic_seconds=0.2
    )

    with pytest.raises(PipelineError, match=r"no topic never\.made within 0\.2 s: is a connector registered"):
        pipeline.run()
