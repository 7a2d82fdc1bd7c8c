"""Kafka records become change events in Arrow columns, one table version at a time, or dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from lakestand.errors import ErrorStatus, LakestandError, PipelineError, UnknownType
from lakestand.lake.names import TableName
from lakestand.lake.standins import Choice
from lakestand.lake.table import Partition
from lakestand.pipeline.decoding import formats
from lakestand.pipeline.decoding.envelope import Envelope, StandIns
from lakestand.pipeline.decoding.payloads import DeadLetter, read_events
from lakestand.pipeline.decoding.prefix import SchemaStripper
from lakestand.pipeline.decoding.records import KafkaRecord, RecordColumns, group_by_partition
from lakestand.pipeline.decoding.source_table import by_table
from lakestand.pipeline.decoding.wire_format import SchemaLookup

UNKNOWN = 404


@dataclass(frozen=True, kw_only=True)
class Events:
    """Consecutive events of one table version from one partition, in Arrow.

    Attributes:
        partition: where the events come from.
        table: the source table's name, as the events say it.
        key: the names of the primary key's columns; empty for a table without one.
        row: the columns of the table version.
        rows: a row per event: op, offset, commit_ms (when the source committed it), kafka_ms (when Kafka got it),
            and before and after, which are structs of type *row*.
        schema_id: the id of the events' schema in the registry; 0 in JSON.
        filled: the columns that are never null, or have a default: when one of them is added, the source's old rows get
            a value that no event tells.
        stand_ins: how many values of the rows after the changes have a stand-in, by column and reason.
        refusal: why no table may take the events; empty when it may.
    """

    partition: Partition
    table: TableName
    key: tuple[str, ...]
    row: pa.StructType
    rows: pa.Table
    schema_id: int = 0
    filled: frozenset[str] = frozenset()
    stand_ins: StandIns = field(default_factory=Counter, compare=False)
    refusal: str = ""


@dataclass
class Decoder:
    """Turns records into events, and remembers the table versions it has seen.

    Attributes:
        schema: looks a registered schema up by its id; without it only JSON can be decoded.
        choice: what becomes of values that no table can hold.
    """

    schema: SchemaLookup | None = None
    choice: Choice = "stand-in"
    _envelopes: dict[bytes, Envelope | str] = field(default_factory=dict)
    _keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _schemas: dict[int, str] = field(default_factory=dict)
    _stripper: SchemaStripper = field(default_factory=SchemaStripper)

    def decode(self, records: Iterable[KafkaRecord]) -> tuple[list[Events], list[DeadLetter]]:
        """All events of *records* in their order, and the records that are none. Tombstones (no value) are neither."""
        stripper = self._stripper
        return self.decode_columns(part for run in group_by_partition(records) for part in stripper.strip(run))

    def decode_columns(self, parts: Iterable[RecordColumns]) -> tuple[list[Events], list[DeadLetter]]:
        """Decode as `decode` does, where a SchemaStripper has cut the prefixes off already."""
        events: list[Events] = []
        dead_letters: list[DeadLetter] = []
        for records in parts:
            try:
                events += list(self._decode_version(records, dead_letters))
            except (LakestandError, MemoryError):
                raise
            except Exception as err:  # noqa: BLE001  whatever it is, it is these records' alone
                reason = f"it cannot be decoded: {type(err).__name__}: {err}"
                dead_letters += [DeadLetter.from_record(records.record(i), reason) for i in range(len(records))]
        return events, dead_letters

    def _decode_version(self, records: RecordColumns, dead_letters: list[DeadLetter]) -> Iterator[Events]:
        envelope = self._envelope(records.prefix)
        if isinstance(envelope, str):
            dead_letters += [DeadLetter.from_record(records.record(i), envelope) for i in range(len(records))]
            return
        key = self._key(records)
        for table, part in by_table(envelope, records):
            stand_ins: StandIns = Counter()
            rows = read_events(envelope, part, dead_letters, stand_ins)
            if rows.num_rows:
                yield Events(
                    partition=records.partition,
                    table=table,
                    key=key,
                    row=envelope.row,
                    rows=rows,
                    schema_id=envelope.schema_id,
                    filled=envelope.filled,
                    stand_ins=stand_ins,
                    refusal=_refusal(stand_ins) if self.choice == "refuse" else "",
                )

    def _envelope(self, prefix: bytes) -> Envelope | str:
        """The envelope that *prefix* describes, or why there is none."""
        if prefix not in self._envelopes:
            self._envelopes[prefix] = self._read_envelope(prefix)
        return self._envelopes[prefix]

    def _read_envelope(self, prefix: bytes) -> Envelope | str:
        try:
            return formats.detect(prefix).read_envelope(prefix, self._lookup, self.choice)
        except UnknownType as err:
            return str(err)
        except ErrorStatus as err:
            if err.status != UNKNOWN:
                raise
            return f"no registry knows its schema: {err}"
        except (ValueError, KeyError, TypeError) as err:
            return f"not a Debezium envelope with a schema ({err}); is value.converter.schemas.enable true?"

    def _key(self, records: RecordColumns) -> tuple[str, ...]:
        # A truncate has no key: the one that the table's other events had still holds.
        if key := next(filter(None, records.keys), None):
            self._keys[records.partition.topic] = formats.detect(key).read_key_fields(key, self._lookup)
        return self._keys.get(records.partition.topic, ())

    def _lookup(self, number: int) -> str:
        if self.schema is None:
            raise PipelineError("a topic holds Avro, but the pipeline was given no registry")
        if number not in self._schemas:
            self._schemas[number] = self.schema(number)
        return self._schemas[number]


def _refusal(stand_ins: StandIns) -> str:
    """Return why values that no table can hold are not written, where the user wants none in their place."""
    if not stand_ins:
        return ""
    values = ", ".join(f"{column} ({count:,} {reason})" for (column, reason), count in sorted(stand_ins.items()))
    return (
        f"no table can hold values of {values}, and LAKESTAND_UNREPRESENTABLE is refuse, so nothing was written. "
        "Change the values in the source, or set it to stand-in or null: the same command then goes on (docs/values.md)"
    )
