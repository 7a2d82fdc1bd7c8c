"""Ending the transactions that a killed Connect worker left open.

Until its time-out a transaction hides all that follows it, for whoever reads committed records: the source offsets of
every connector in connect-offsets too, for which the next worker would wait. A time-out of seconds would end the
transactions of slow but living connectors. So the time-out is long, and what is open is aborted before a worker starts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from lakestand.settings import Settings

# As docker/connect/connect.properties names them.
GROUP, OFFSETS, CONFIGS = "lakestand-connect", "connect-offsets", "connect-configs"
TASK, CONNECTOR = "task-", "connector-"
SECONDS = 10.0


def abort_open_transactions(settings: Settings) -> None:
    """Abort the transactions of all connectors, if one of them hides source offsets.

    Kafka may refuse or not answer: then the worker waits for the time-out, as it would without this.
    """
    with contextlib.suppress(KafkaException):
        if _end(settings, "read_committed") < _end(settings, "read_uncommitted"):
            for task in _tasks(settings):
                _fence(settings, f"{GROUP}-{task}")


def _address(settings: Settings) -> str:
    """Return where the worker itself finds Kafka, in a container too."""
    return f"{settings.reach('kafka')}:{settings.port('kafka_within')}"


def _consumer(settings: Settings, isolation: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": _address(settings),
            "group.id": "lakestand-fencing",
            "isolation.level": isolation,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )


def _end(settings: Settings, isolation: str) -> int:
    """The offset after the last record of connect-offsets that can be read; 0 where there is no such topic."""
    with contextlib.closing(_consumer(settings, isolation)) as consumer:
        try:
            return consumer.get_watermark_offsets(TopicPartition(OFFSETS, 0), timeout=SECONDS)[1]
        except KafkaException as err:
            if err.args[0].code() in {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION}:  # noqa: SLF001
                return 0
            raise


def _tasks(settings: Settings) -> list[str]:
    """Return the tasks of all connectors that there are, as NAME-NUMBER, from what Connect stores."""
    stored = dict(_stored(settings))
    names = (key.removeprefix(TASK) for key in stored if key.startswith(TASK))
    return [name for name in names if stored.get(CONNECTOR + name.rpartition("-")[0])]


def _stored(settings: Settings) -> Iterator[tuple[str, bytes | None]]:
    """Yield the keys and values of connect-configs; a connector that was deleted has no value."""
    with contextlib.closing(_consumer(settings, "read_uncommitted")) as consumer:
        consumer.assign([TopicPartition(CONFIGS, 0, 0)])
        while (message := consumer.poll(SECONDS)) is not None:
            if error := message.error():
                if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    return
                raise KafkaException(error)
            yield (message.key() or b"").decode(), message.value()


def _fence(settings: Settings, transactional_id: str) -> None:
    """Take over a producer's id: Kafka aborts its transaction, and refuses what its former holder still sends."""
    options = {"bootstrap.servers": _address(settings), "transactional.id": transactional_id, "log_level": 0}
    producer = Producer(options)
    producer.init_transactions(SECONDS)
