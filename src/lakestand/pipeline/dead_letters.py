"""What cannot be decoded: kept beside its topic, byte for byte, with its position and the reason."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Producer

from lakestand.clients.kafka import DEAD_LETTER
from lakestand.errors import PipelineError
from lakestand.pipeline.decoding.payloads import DeadLetter

ASK_SECONDS = 10.0


def send(bootstrap_servers: str, bad: Sequence[DeadLetter]) -> str:
    """Send them to <topic>.dead-letter; what to say of them. PipelineError when Kafka does not take them.

    A replay sends them again: a reader knows them by the header `position`.
    """
    producer = Producer({"log_level": 0, "bootstrap.servers": bootstrap_servers, "enable.idempotence": True})
    for record, error in bad:
        headers: dict[str, str | bytes | None] = {"position": str(error.at), "reason": error.reason}
        producer.produce(record.topic + DEAD_LETTER, record.value, record.key, headers=headers)
    if producer.flush(ASK_SECONDS):
        raise PipelineError(f"{len(bad)} undecodable records cannot be put aside: Kafka does not acknowledge")
    return f"{len(bad)} records are no change events and went to {bad[0].record.topic}{DEAD_LETTER}: {bad[0].error}"
