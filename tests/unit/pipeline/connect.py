"""Records as Kafka Connect's JsonConverter writes Debezium's change events, with their schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.decoding.records import KafkaRecord

Field = Mapping[str, Any]
Row = Mapping[str, Any]

TOPIC = "shop.public.orders"
COMMIT_MS = 1_700_000_000_000


def field(name: str, kind: str, semantic: str | None = None, **more: object) -> Field:
    """Return a field of a Connect schema; *semantic* is its name, such as io.debezium.time.Date."""
    return {"type": kind, "optional": True, **({"name": semantic, "version": 1} if semantic else {}), **more} | {
        "field": name
    }


ORDERS = (field("id", "int32"), field("note", "string"))


def record(
    offset: int,
    op: str,
    *,
    before: Row | None = None,
    after: Row | None = None,
    columns: Sequence[Field] = ORDERS,
    key: Sequence[str] = ("id",),
    topic: str = TOPIC,
    partition: int = 0,
    connector: str = "postgresql",
) -> KafkaRecord:
    """Return the record of one change event. A truncate has no key, as in Debezium."""
    payload = {"before": before, "after": after, "source": {"ts_ms": COMMIT_MS}, "op": op, "ts_ms": COMMIT_MS + 1}
    value = message(payload, columns, connector)
    row = after or before or {}
    return KafkaRecord(
        topic, partition, offset, kafka_key(row, columns, key) if key and row else None, value, COMMIT_MS + 2
    )


def message(payload: object, columns: Sequence[Field] = ORDERS, connector: str = "postgresql") -> bytes:
    """Return a value with its schema, whatever its payload is."""
    return orjson.dumps({"schema": envelope(columns, connector), "payload": payload})


def kafka_key(row: Row, columns: Sequence[Field], key: Sequence[str]) -> bytes:
    """Return a key with its schema."""
    fields = [dict(f) | {"optional": False} for f in columns if f["field"] in key]
    schema = {"type": "struct", "fields": fields, "optional": False, "name": f"{TOPIC}.Key"}
    return orjson.dumps({"schema": schema, "payload": {name: row[name] for name in key}})


def envelope(columns: Sequence[Field], connector: str = "postgresql") -> Field:
    """Return the schema of change events with these columns."""
    source = f"io.debezium.connector.{connector}.Source"
    fields = [
        _struct("before", f"{TOPIC}.Value", columns),
        _struct("after", f"{TOPIC}.Value", columns),
        _struct("source", source, [field("ts_ms", "int64")]),
        field("op", "string"),
        field("ts_ms", "int64"),
    ]
    return {"type": "struct", "fields": fields, "optional": False, "name": f"{TOPIC}.Envelope", "version": 2}


def _struct(name: str, semantic: str, fields: Sequence[Field]) -> Field:
    return {
        "type": "struct",
        "fields": [dict(f) for f in fields],
        "optional": True,
        "name": semantic,
        "field": name,
    }


def decoded(*records: KafkaRecord) -> list[Events]:
    """Decode *records*, all of which are change events."""
    events, bad = Decoder().decode(records)
    assert bad == []
    return events


def undecodable(*records: KafkaRecord) -> tuple[list[Events], list[DeadLetter]]:
    """Decode *records*; returns the events and the dead letters."""
    return Decoder().decode(records)


def row(number: int, note: str | None = None) -> Row:
    """Return a row with the columns ORDERS."""
    return {"id": number, "note": note}
