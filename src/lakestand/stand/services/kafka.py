"""A single Kafka broker in KRaft mode."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException, Producer

from lakestand import probe
from lakestand.errors import NotReady, StandError
from lakestand.probe import Probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs, seeds
from lakestand.stand.service import Process, Service
from lakestand.stand.services.jvm import Jvm

READY_TOPIC = "lakestand.ready"
# A cluster of one is advertised apart by its address; a fixed id lets every stand copy one formatted folder.
# What a request may have beside its largest record.
REQUEST = 8 << 20
CLUSTER_ID = "bGFrZXN0YW5kLXN0YW5kLQ"


def service(settings: Settings) -> Service:
    """Declare Kafka, on `settings.port("kafka")` for clients and two further ports."""
    return Service(
        name="kafka",
        title="Kafka",
        ports=(settings.port("kafka"), settings.port("kafka_within"), settings.port("kafka_controller")),
        ready=probe.both(probe.tcp(*settings.address("kafka")), acknowledges(settings)),
        memory_mb=640,
        process=lambda: _process(settings),
    )


def acknowledges(settings: Settings) -> Probe:
    """Return a probe that passes when Kafka acknowledges a produced record."""

    def produce() -> None:
        answers: list[KafkaError | None] = []
        producer = Producer(
            {
                "bootstrap.servers": settings.bootstrap_servers,
                "message.timeout.ms": 4000,
                "topic.metadata.refresh.fast.interval.ms": 20,
                "log_level": 0,
            }
        )
        try:
            producer.produce(READY_TOPIC, b"ready?", on_delivery=lambda err, _message: answers.append(err))
            producer.flush(5)
        except KafkaException as err:
            raise NotReady(f"produce: {err}") from err
        if not answers or answers[0] is not None:
            raise NotReady(f"produce to {READY_TOPIC}: {answers[0] if answers else 'no answer within 5 s'}")

    return produce


def jvm(settings: Settings, *main: str) -> Jvm:
    """Return a Java program of Kafka's distribution: the broker, or the class *main*."""
    return Jvm(
        name="kafka",
        heap_mb=settings.kafka_heap_mb,
        classpath=tuple(artifacts.classpath("kafka", settings)),
        main=main or ("kafka.Kafka",),
        properties={"log4j2.configurationFile": str(configs.path("kafka", "log4j2.properties"))},
    )


def files(settings: Settings, data: str | Path) -> dict[str, str]:
    """Return the broker's configuration, name → text, with its log in the folder *data*."""
    advertised = settings.kafka_advertised or f"{settings.host}:{settings.port('kafka')}"
    largest = settings.largest_record_mb << 20
    sizes = {"largest": largest, "request": largest + REQUEST}
    more = {"data": data, "advertised": advertised, "kafka": settings.reach("kafka"), **sizes}
    return {"server.properties": configs.render("kafka", "server.properties", settings, **more)}


def _process(settings: Settings) -> Process:
    java = jvm(settings)

    def setup(folder: Path) -> None:
        seed = seeds.ensure(settings, "kafka", lambda new: _format(settings, new))
        shutil.copytree(seed / "data", folder / "data")

    return Process(
        argv=lambda folder: java.argv(settings, str(folder / "server.properties")),
        setup=setup,
        files=files(settings, "data"),
        archive=java.archive(settings),
    )


def _format(settings: Settings, folder: Path) -> None:
    properties = folder / "server.properties"
    properties.write_text(files(settings, folder / "data")[properties.name])
    tool = jvm(settings, "kafka.tools.StorageTool")
    argv = tool.argv(settings, "format", "--config", str(properties), "--cluster-id", CLUSTER_ID)
    completed = subprocess.run(argv, check=False, capture_output=True, text=True)
    if completed.returncode:
        raise StandError(f"kafka-storage format failed in {folder}: {(completed.stdout + completed.stderr)[-400:]}")
