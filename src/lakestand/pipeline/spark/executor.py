"""What runs on the executors: functions for mapInArrow around the very code of the local engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from lakestand.clients.registry import Registry, SchemaRegistryConfig
from lakestand.lake.arrow import conform
from lakestand.lake.keys import without
from lakestand.lake.table import Batch, Partition
from lakestand.pipeline import changelog
from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.prefix import SchemaStripper
from lakestand.pipeline.decoding.records import RecordColumns
from lakestand.pipeline.fold import fold, select_unseen
from lakestand.pipeline.spark import blobs

Batches = Iterable[pa.RecordBatch]
Decode = Callable[[Batches], Iterator[pa.RecordBatch]]
GONE, UNKNOWN = "__gone", "__unknown"


def decode(batches: Batches, *, registry: SchemaRegistryConfig | None = None) -> Iterator[pa.RecordBatch]:
    """Records of one Kafka partition, in their order → blobs.SCHEMA."""
    decoder = Decoder(Registry(registry).schema if registry else None)
    stripper, number, last = SchemaStripper(), -1, None
    for batch in batches:
        found, bad = decoder.decode_columns(stripper.strip(_records(batch)))
        for each in found:
            version = (each.row, each.key)
            number, last = number + (version != last), version
            yield blobs.encode_events(each, number)
        yield from map(blobs.encode_dead_letter, bad)


def changelog_rows(batches: Batches, *, since: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Blobs of one run → the changelog's rows from the offset *since* on."""
    for events in blobs.decode_events(batches):
        if (rows := select_unseen(events, since)).num_rows:
            yield from conform(changelog.changelog_rows(events, rows), schema).to_batches()


def mirror_changes(batches: Batches, *, since: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Blobs of one run → the rows that a MERGE needs: of each key its row, or that it is GONE."""
    parts = list(blobs.decode_events(batches))
    if parts:  # else it is the task of another partition
        together = Events(
            partition=parts[0].partition,
            key=parts[0].key,
            row=parts[0].row,
            rows=pa.concat_tables([p.rows for p in parts]),
        )
        yield from _merged(fold(together, select_unseen(together, since)), schema).to_batches()


def merge_schema(schema: pa.Schema) -> pa.Schema:
    """The columns that `mirror_changes` gives for a mirror with *schema*."""
    return schema.append(pa.field(GONE, pa.bool_())).append(pa.field(UNKNOWN, pa.list_(pa.string())))


def _merged(batch: Batch, schema: pa.Schema) -> pa.Table:
    unknown: list[list[str]] = [[] for _ in range(batch.upserts.num_rows)]
    for name, numbers in batch.unknown.items():
        for number in numbers:
            unknown[number].append(name)
    marks = {GONE: pa.repeat(pa.scalar(False), len(unknown)), UNKNOWN: pa.array(unknown, pa.list_(pa.string()))}
    upserts = conform(_with(batch.upserts, marks), merge_schema(schema))
    names = batch.keys.column_names
    if not names:
        return upserts
    gone = without(batch.keys, batch.upserts.select(names))
    marks = {GONE: pa.repeat(pa.scalar(True), gone.num_rows), UNKNOWN: pa.nulls(gone.num_rows, pa.list_(pa.string()))}
    return pa.concat_tables([upserts, conform(_with(gone, marks), merge_schema(schema))])


def _with(rows: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    for name, array in columns.items():
        rows = rows.append_column(name, array)
    return rows


def _records(batch: pa.RecordBatch) -> RecordColumns:
    values = {name: batch.column(name).to_pylist() for name in ("offset", "key", "value", "timestamp_ms")}
    return RecordColumns(
        partition=Partition(batch["topic"][0].as_py(), batch["partition"][0].as_py()),
        offsets=values["offset"],
        keys=values["key"],
        values=values["value"],
        timestamps_ms=values["timestamp_ms"],
    )
