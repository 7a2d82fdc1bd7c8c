"""What runs on the executors: functions for mapInArrow around the local engine's own code.

Each takes the record batches of one task and yields the batches that take their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from lakestand.clients.registry import Registry, SchemaRegistryConfig
from lakestand.errors import PipelineError
from lakestand.lake.arrow import conform
from lakestand.lake.keys import without
from lakestand.lake.standins import Choice
from lakestand.lake.table import Batch, Partition
from lakestand.pipeline import changelog
from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.prefix import SchemaStripper
from lakestand.pipeline.decoding.records import RecordColumns
from lakestand.pipeline.fold import fold, select_unseen
from lakestand.pipeline.spark import blobs

Batches = Iterable[pa.RecordBatch]
Decode = Callable[[Batches], Iterator[pa.RecordBatch]]
# Columns beside those of a mirror: whether the key's row goes away, and the names of columns that keep their value.
GONE, UNKNOWN = "__lakestand_gone", "__lakestand_unknown"


def decode(
    batches: Batches, *, registry: SchemaRegistryConfig | None = None, choice: Choice = "stand-in"
) -> Iterator[pa.RecordBatch]:
    """Decode records of one Kafka partition, in their order, to blobs (`blobs.SCHEMA`)."""
    decoder = Decoder(Registry(registry).schema if registry else None, choice)
    stripper = SchemaStripper()
    number, last = -1, None
    for batch in batches:
        decoded, dead_letters = decoder.decode_columns(stripper.strip(_records(batch)))
        for events in decoded:
            version = (events.row, events.key, events.table)
            number, last = number + (version != last), version
            yield blobs.encode_events(events, number)
        yield from map(blobs.encode_dead_letter, dead_letters)


def changelog_rows(batches: Batches, *, since: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The changelog's rows, with the columns of *schema*, of the events in one range's blobs from offset *since* on."""
    for events in blobs.decode_events(batches):
        if (rows := select_unseen(events, since)).num_rows:
            yield from conform(changelog.changelog_rows(events, rows), schema).to_batches()


def mirror_changes(batches: Batches, *, since: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """What a MERGE into a mirror with *schema* needs of one range's blobs, from offset *since* on.

    A row per key: its new row with the names of its UNKNOWN columns, or the key alone with GONE. See `merge_schema`.
    """
    parts = list(blobs.decode_events(batches))
    if parts:  # else it is the task of another partition
        events = Events(
            partition=parts[0].partition,
            table=parts[0].table,
            key=parts[0].key,
            row=parts[0].row,
            rows=pa.concat_tables([p.rows for p in parts]),
        )
        yield from _merge_rows(fold(events, select_unseen(events, since)), schema).to_batches()


def merge_schema(schema: pa.Schema) -> pa.Schema:
    """The columns that `mirror_changes` yields for a mirror with *schema*: those, and GONE and UNKNOWN."""
    return schema.append(pa.field(GONE, pa.bool_())).append(pa.field(UNKNOWN, pa.list_(pa.string())))


def _merge_rows(batch: Batch, schema: pa.Schema) -> pa.Table:
    if batch.moved:
        raise PipelineError(
            f"the key of {len(batch.moved)} rows was changed beside large values that did not change, which Spark's "
            "MERGE cannot find under the old key: run this once with the local engine, invoke pipeline.run --once"
        )
    unknown: list[list[str]] = [[] for _ in range(batch.upserts.num_rows)]
    for name, numbers in batch.unknown.items():
        for number in numbers:
            unknown[number].append(name)
    marks = {GONE: pa.repeat(pa.scalar(False), len(unknown)), UNKNOWN: pa.array(unknown, pa.list_(pa.string()))}
    upserts = conform(_append(batch.upserts, marks), merge_schema(schema))
    names = batch.keys.column_names
    if not names:
        return upserts
    gone = without(batch.keys, batch.upserts.select(names))
    marks = {GONE: pa.repeat(pa.scalar(True), gone.num_rows), UNKNOWN: pa.nulls(gone.num_rows, pa.list_(pa.string()))}
    return pa.concat_tables([upserts, conform(_append(gone, marks), merge_schema(schema))])


def _append(rows: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
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
