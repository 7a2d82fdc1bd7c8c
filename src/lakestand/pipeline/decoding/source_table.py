"""Which source table records are of, as they say themselves.

A topic holds one table's changes, unless Debezium rewrites the names of several alike. So a few records of each run are
asked, and all of them only where these do not agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from lakestand.lake.names import TableName
from lakestand.pipeline.decoding.envelope import Envelope
from lakestand.pipeline.decoding.records import RecordColumns

UNREADABLE = (ValueError, KeyError, TypeError, EOFError, IndexError)


def by_table(envelope: Envelope, records: RecordColumns) -> Iterator[tuple[TableName, RecordColumns]]:
    """Yield the records of each table with its name. What is unreadable, or has no name, is of the table before it."""
    last = len(records) - 1
    name = _name(envelope, records, 0) or named_by(records.partition.topic)
    if {_name(envelope, records, n) or name for n in {last // 3, 2 * last // 3, last} - {0}} <= {name}:
        yield name, records
        return
    numbers: dict[TableName, list[int]] = {}
    for number in range(len(records)):
        name = _name(envelope, records, number) or name
        numbers.setdefault(name, []).append(number)
    for table, chosen in numbers.items():
        yield table, records.take(chosen)


def named_by(topic: str) -> TableName:
    """Return the table that a topic's name means: its last two parts, as far as Debezium did not rewrite them.

    >>> named_by("shop.public.orders")
    TableName(schema='public', table='orders')
    """
    rest, _, table = topic.rpartition(".")
    return TableName(rest.rpartition(".")[2], table)


def _name(envelope: Envelope, records: RecordColumns, number: int) -> TableName | None:
    payload = records.values[number]
    if payload is None or not envelope.names:
        return None
    try:
        source = envelope.format.read_source(payload, envelope)
        place = [source.get(name) for name in envelope.names]
    except UNREADABLE:
        return None
    return TableName(*map(str, place)) if all(place) else None
