"""Which source table each topic is of, before anything is read for good: its first change event says so."""

from __future__ import annotations

import time
from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaError, Message

from lakestand.lake.names import TableName
from lakestand.lake.table import Partition
from lakestand.pipeline import topics as kafka
from lakestand.pipeline.decoding.decoder import Decoder
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.decoding.wire_format import SchemaLookup
from lakestand.pipeline.reader import consumer_options

SECONDS = 30.0
# Little of each topic, and no more records of it than may be no change events.
FETCH = {"max.partition.fetch.bytes": 64 << 10, "queued.max.messages.kbytes": 8 << 10, "enable.partition.eof": True}
MOST = 1_000


def first_tables(
    bootstrap_servers: str, topics: Iterable[kafka.TopicDescription], schema: SchemaLookup | None
) -> dict[str, TableName]:
    """Return by topic the table of its first change event; a topic without one is left out.

    Args:
        bootstrap_servers: of Kafka.
        topics: that exist.
        schema: looks up the schemas of Avro records.
    """
    tables: dict[str, TableName] = {}
    looked_at: dict[Partition, int] = {partition: 0 for topic in topics for partition in topic.partitions}
    consumer, decoder = Consumer(consumer_options(bootstrap_servers) | FETCH), Decoder(schema)
    try:
        consumer.assign([kafka.topic_partition(partition, 0) for partition in looked_at])
        deadline = time.monotonic() + SECONDS
        while looked_at and time.monotonic() < deadline:
            for message in consumer.consume(1_000, 0.05):
                partition = Partition(str(message.topic()), int(message.partition() or 0))
                if partition in looked_at and _is_enough(message, partition, looked_at, decoder, tables):
                    done = [p for p in looked_at if p == partition or p.topic in tables]
                    consumer.incremental_unassign([kafka.topic_partition(p, 0) for p in done])
                    looked_at = {p: count for p, count in looked_at.items() if p not in done}
    finally:
        consumer.close()
    return tables


def _is_enough(
    message: Message,
    partition: Partition,
    looked_at: dict[Partition, int],
    decoder: Decoder,
    tables: dict[str, TableName],
) -> bool:
    """Look at one message of *partition*, and return whether there is nothing more to look for in it."""
    if error := message.error():
        return not error.retriable() or error.code() == KafkaError._PARTITION_EOF  # noqa: SLF001
    looked_at[partition] += 1
    record = KafkaRecord(*partition, int(message.offset() or 0), message.key(), message.value())
    events, _ = decoder.decode([record])
    if events:
        tables[partition.topic] = events[0].table
    return bool(events) or looked_at[partition] >= MOST
