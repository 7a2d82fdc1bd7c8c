"""Records that cannot be decoded go to a topic beside their own, byte for byte, with their position and the reason."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Producer

from lakestand.clients.kafka import DEAD_LETTER
from lakestand.errors import PipelineError
from lakestand.pipeline.decoding.payloads import DeadLetter

FLUSH_SECONDS = 10.0


def send(bootstrap_servers: str, letters: Sequence[DeadLetter]) -> None:
    """Send each record to <its topic>.dead-letter; PipelineError when Kafka does not acknowledge them all.

    A replay sends them again: the header `position` (topic[partition]@offset) lets a reader tell repetitions.
    """
    producer = Producer({"log_level": 0, "bootstrap.servers": bootstrap_servers, "enable.idempotence": True})
    for record, error in letters:
        headers: dict[str, str | bytes | None] = {"position": str(error.at), "reason": error.reason}
        producer.produce(record.topic + DEAD_LETTER, record.value, record.key, headers=headers)
    if producer.flush(FLUSH_SECONDS):
        raise PipelineError(f"{len(letters)} undecodable records cannot be put aside: Kafka does not acknowledge")
