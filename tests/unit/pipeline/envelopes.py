"""Debezium's records as Kafka Connect's JsonConverter writes them, and the events that they decode to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from lakestand.pipeline.decoding.decoder import Decoder, Events
from lakestand.pipeline.decoding.records import KafkaRecord

Schema = dict[str, Any]

TOPIC = "shop.public.t"
LONG: Schema = {"type": "int64", "optional": False}
TEXT: Schema = {"type": "string", "optional": True}
COLUMNS = {"id": LONG, "name": TEXT}
POSTGRES, MYSQL = "io.debezium.connector.postgresql.Source", "io.debezium.connector.mysql.Source"


def schema(columns: Mapping[str, Schema], source: str = POSTGRES) -> Schema:
    """An envelope's schema."""
    row = {"type": "struct", "optional": True, "fields": [s | {"field": n} for n, s in columns.items()]}
    times = {"type": "struct", "name": source, "field": "source", "fields": [{"type": "int64", "field": "ts_ms"}]}
    fields = [row | {"field": "before"}, row | {"field": "after"}, times, {"type": "string", "field": "op"}]
    return {"type": "struct", "name": "t.Envelope", "fields": fields}


def value(op: str, before: Any, after: Any, columns: Mapping[str, Schema] = COLUMNS, source: str = POSTGRES) -> bytes:  # noqa: ANN401
    """A change event; *before* and *after* as JSON holds them."""
    payload = {"before": before, "after": after, "source": {"ts_ms": 1_700_000_000_000}, "op": op}
    return orjson.dumps({"schema": schema(columns, source), "payload": payload})


def key(**fields: Any) -> bytes:  # noqa: ANN401
    """A key of 64-bit integers."""
    described = [LONG | {"field": name} for name in fields]
    return orjson.dumps({"schema": {"type": "struct", "fields": described}, "payload": fields})


def record(offset: int, message: bytes | None, message_key: bytes | None = None) -> KafkaRecord:
    """A Kafka message at *offset*."""
    return KafkaRecord(TOPIC, 0, offset, message_key, message, 1_700_000_000_010)


def change(offset: int, op: str, number: int, name: str | None = None) -> KafkaRecord:
    """A change of the row *number* of the table (id, name)."""
    row = {"id": number, "name": name}
    before, after = (row, None) if op == "d" else (None, None) if op == "t" else (None, row)
    return record(offset, value(op, before, after), None if op == "t" else key(id=number))


def decoded(records: Sequence[KafkaRecord]) -> Events:
    """The one run of events that *records* make, of a table whose key is known."""
    decoder = Decoder()
    decoder.decode([change(0, "c", 0)])
    (events,), bad = decoder.decode(records)
    assert bad == []
    return events
