"""What one pipeline process can reach at most on this machine: each step alone, nothing else done in between.

The steps are reading a topic, decoding its records, and writing its rows as Parquet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from confluent_kafka import Consumer, TopicPartition
from pyarrow import parquet

from lakestand.clients.registry import Registry, registry_config
from lakestand.lake.table import Partition
from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.records import RecordColumns
from lakestand.pipeline.reader import Reader, consumer_options
from lakestand.pipeline.topics import offset_bounds
from lakestand.settings import Settings

BATCH = 10_000
# How many events decoding and writing are measured with: they are held in memory.
SAMPLE = 100_000


def measure(settings: Settings, topic: str, folder: Path) -> dict[str, float]:
    """Return the events a second of `consume`, `decode` and `write` with *topic*; *folder* takes the Parquet file."""
    consumer = Consumer(consumer_options(settings.bootstrap_servers))
    try:
        _, end = offset_bounds(consumer, Partition(topic, 0))
        consumer.assign([TopicPartition(topic, 0, 0)])
        consume = _rate(end, lambda: _consume(consumer, end))
        sample = _sample(consumer, topic, end)
    finally:
        consumer.close()
    events, decoder = list[Events](), Decoder(Registry(registry_config(settings)).schema)
    count = sum(map(len, sample))
    decode = _rate(count, lambda: events.extend(decoder.decode_columns(sample)[0]))
    rows = pa.concat_tables([pa.table({"row": e.rows["after"]}) for e in events])
    write = _rate(count, lambda: parquet.write_table(rows, folder / "rows.parquet", compression="zstd"))
    return {"consume": consume, "decode": decode, "write": write}


def _consume(consumer: Consumer, end: int) -> None:
    """Consume messages up to *end* and do nothing with them, in batches of the pipeline's size."""
    offset = 0
    while offset < end:
        messages = consumer.consume(1_000, 1.0)
        offset = int(messages[-1].offset() or 0) + 1 if messages else offset


def _sample(consumer: Consumer, topic: str, end: int) -> Sequence[RecordColumns]:
    """Return the first events; a small topic holds fewer than its end says, for tombstones are no events."""
    consumer.assign([TopicPartition(topic, 0, 0)])
    reader = Reader(consumer, BATCH)
    sample = list[RecordColumns]()

    def more() -> bool:
        # Until the first record comes, the position is that of the assignment before.
        return not sample or consumer.position([TopicPartition(topic, 0)])[0].offset < end

    while sum(map(len, sample)) < SAMPLE and more():
        sample += reader.read()
    return sample


def _rate(count: int, work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)
