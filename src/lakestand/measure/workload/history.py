"""A history of flights as Debezium's PostgreSQL connector writes it to JSON, each record with its schema."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow.compute as pc

from lakestand.demo.data import SAMPLES

Field = dict[str, Any]
Row = dict[str, Any]
Message = tuple[bytes, bytes | None]

BEGAN_MS = 1_700_000_000_000
# How many of a hundred changes are updates and deletes of earlier rows; the others insert rows.
UPDATES, DELETES = 25, 5
FLIGHTS = SAMPLES[0]
KINDS = {
    "bigint": ("int64",),
    "int": ("int32",),
    "varchar": ("string",),
    "timestamptz": ("string", "io.debezium.time.ZonedTimestamp"),
}
SOURCE = {
    "string": ("version", "connector", "name", "snapshot", "db", "sequence", "schema", "table"),
    "int64": ("ts_ms", "ts_us", "ts_ns", "txId", "lsn", "xmin"),
}


def messages(topic: str, events: int, seed: int = 1) -> Iterator[Message]:
    """Yield key and value of *events* change events, a tombstone after each delete; the same for the same *seed*."""
    head = b'{"schema":' + orjson.dumps(envelope(topic)) + b',"payload":'
    fields = [{**_field("id", "int64"), "optional": False}]
    key = orjson.dumps({"type": "struct", "fields": fields, "optional": False, "name": f"{topic}.Key"})
    for number, (op, row) in enumerate(changes(events, seed)):
        name = b'{"schema":%b,"payload":{"id":%d}}' % (key, row["id"])
        yield name, head + orjson.dumps(payload(number, op, row)) + b"}"
        if op == "d":
            yield name, None


def changes(events: int, seed: int) -> Iterator[tuple[str, Row]]:
    """Yield *events* operations (c, u or d) with their rows, chosen at random, the same for the same *seed*."""
    chance, fresh, living = random.Random(seed), _flights(), list[Row]()  # noqa: S311  no secret
    for _ in range(events):
        dice = chance.randrange(100)
        if not living or dice >= UPDATES + DELETES:
            living.append(next(fresh))
            yield "c", living[-1]
            continue
        at = chance.randrange(len(living))
        if dice < DELETES:
            living[at], living[-1] = living[-1], living[at]
            deleted = living.pop()
            yield "d", dict.fromkeys(deleted) | {"id": deleted["id"]}
        else:
            living[at] = living[at] | {"dep_delay": chance.randrange(-20, 300)}
            yield "u", living[at]


def payload(number: int, op: str, row: Row) -> Row:
    """Return the payload of the event *number*; a delete has the key alone, as without REPLICA IDENTITY FULL."""
    ms = BEGAN_MS + number
    source = {
        "version": "3.5.0.Final",
        "connector": "postgresql",
        "name": "measure",
        "snapshot": "false",
        "db": "shop",
        "schema": "demo",
        "table": "flights",
        "sequence": f'["{number}","{number}"]',
        "txId": number,
        "lsn": number * 100,
        "xmin": None,
        **_times(ms),
    }
    before, after = (row, None) if op == "d" else (None, row)
    return {"before": before, "after": after, "source": source, "transaction": None, "op": op, **_times(ms + 5)}


def envelope(topic: str) -> Field:
    """Return the schema of all these events, as Connect's JSON converter writes it."""
    source = [_field(name, kind) for kind, names in SOURCE.items() for name in names]
    fields = [
        _struct("before", f"{topic}.Value", COLUMNS),
        _struct("after", f"{topic}.Value", COLUMNS),
        _struct("source", "io.debezium.connector.postgresql.Source", source),
        _struct("transaction", "event.block", [_field("id", "string"), _field("total_order", "int64")]),
        _field("op", "string"),
        *(_field(name, "int64") for name in ("ts_ms", "ts_us", "ts_ns")),
    ]
    return {"type": "struct", "fields": fields, "optional": False, "name": f"{topic}.Envelope", "version": 2}


def _flights() -> Iterator[Row]:
    """Yield all flights, over and over, each with an id of its own."""
    rows = FLIGHTS.rows(0)
    hours = pc.strftime(rows["time_hour"], format="%Y-%m-%dT%H:%M:%SZ")
    rows = rows.set_column(rows.num_columns - 1, "time_hour", hours).drop_columns("id")
    batches = itertools.chain.from_iterable(rows.to_batches(10_000) for _ in itertools.count())
    for number, row in enumerate(itertools.chain.from_iterable(b.to_pylist() for b in batches), 1):
        yield {"id": number, **row}


def _times(ms: int) -> Row:
    return {"ts_ms": ms, "ts_us": ms * 1000, "ts_ns": ms * 1_000_000}


def _field(name: str, kind: str, semantic: str = "") -> Field:
    named = {"name": semantic, "version": 1} if semantic else {}
    return {"type": kind, "optional": True, **named, "field": name}


def _struct(name: str, semantic: str, fields: list[Field]) -> Field:
    return {"type": "struct", "fields": fields, "optional": True, "name": semantic, "field": name}


def _column(definition: str) -> Field:
    """Return the field of a column that is defined in SQL as `name type`."""
    name, kind = definition.split()
    return _field(name, *KINDS[kind.partition("(")[0]])


COLUMNS = [_column(definition) for definition in FLIGHTS.columns.split(", ")]
