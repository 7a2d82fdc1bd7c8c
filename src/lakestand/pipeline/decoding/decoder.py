"""Kafka records → change events in Arrow columns, a table version at a time; what cannot be decoded is set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import orjson
import pyarrow as pa

from lakestand.errors import ErrorStatus, PipelineError
from lakestand.lake.table import Partition
from lakestand.pipeline.decoding import avro, payloads
from lakestand.pipeline.decoding.avro_schema import field_names
from lakestand.pipeline.decoding.envelope import Envelope, key_fields, parse, parse_avro
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.decoding.prefix import SchemaStripper
from lakestand.pipeline.decoding.records import KafkaRecord, RecordColumns, group_by_partition
from lakestand.pipeline.decoding.types import UnknownType

UNKNOWN = 404


@dataclass(frozen=True, kw_only=True)
class Events:
    """Consecutive events of one table version from one partition.

    *rows* has the columns op, offset, commit_ms (in the source), kafka_ms (in the topic), before and after;
    the last two are structs of *row*.
    *key* is empty for a table without a primary key, *schema_id* 0 where no registry knows the schema.
    """

    partition: Partition
    key: tuple[str, ...]
    row: pa.StructType
    rows: pa.Table
    schema_id: int = 0


@dataclass
class Decoder:
    """Remembers the table versions that it met; *schema* is asked for those that a registry holds, by their id."""

    schema: Callable[[int], str] | None = None
    _envelopes: dict[bytes, Envelope | str] = field(default_factory=dict)
    _keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _avro_keys: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    _stripper: SchemaStripper = field(default_factory=SchemaStripper)

    def decode(self, records: Iterable[KafkaRecord]) -> tuple[list[Events], list[DeadLetter]]:
        """All events of *records* in order, and what is none. Tombstones (no value) are neither."""
        stripper = self._stripper
        return self.decode_columns(part for run in group_by_partition(records) for part in stripper.strip(run))

    def decode_columns(self, found: Iterable[RecordColumns]) -> tuple[list[Events], list[DeadLetter]]:
        """The same of records that were cut already, elsewhere."""
        events: list[Events] = []
        bad: list[DeadLetter] = []
        for group in found:
            events += self._version(group, bad)
        return events, bad

    def _version(self, group: RecordColumns, bad: list[DeadLetter]) -> Iterator[Events]:
        envelope = self._envelope(group.prefix)
        if isinstance(envelope, str):
            bad += [DeadLetter.from_record(group.record(i), envelope) for i in range(len(group))]
            return
        key = self._key(group)
        rows = payloads.read(envelope, group, bad)
        if rows.num_rows:
            known = avro.schema_id(group.prefix) if envelope.avro else 0
            yield Events(partition=group.partition, key=key, row=envelope.row, rows=rows, schema_id=known)

    def _envelope(self, prefix: bytes) -> Envelope | str:
        if prefix not in self._envelopes:
            try:
                self._envelopes[prefix] = parse_avro(self._schema(prefix)) if avro.is_avro(prefix) else parse(prefix)
            except UnknownType as err:
                self._envelopes[prefix] = str(err)
            except ErrorStatus as err:
                if err.status != UNKNOWN:
                    raise
                self._envelopes[prefix] = f"no registry knows its schema: {err}"
            except (ValueError, KeyError, TypeError) as err:
                self._envelopes[prefix] = (
                    f"not a Debezium envelope with a schema ({err}); is value.converter.schemas.enable true?"
                )
        return self._envelopes[prefix]

    def _key(self, group: RecordColumns) -> tuple[str, ...]:
        # A truncate has no key: what the table's other events said holds.
        if found := next(filter(None, group.keys), None):
            self._keys[group.partition.topic] = self._key_fields(found)
        return self._keys.get(group.partition.topic, ())

    def _key_fields(self, key: bytes) -> tuple[str, ...]:
        if not avro.is_avro(key):
            return key_fields(key)
        prefix = key[: avro.PREFIX]
        if prefix not in self._avro_keys:
            self._avro_keys[prefix] = field_names(orjson.loads(self._schema(prefix)))
        return self._avro_keys[prefix]

    def _schema(self, prefix: bytes) -> str:
        if self.schema is None:
            raise PipelineError("a topic holds Avro, but the pipeline was given no registry")
        return self.schema(avro.schema_id(prefix))
