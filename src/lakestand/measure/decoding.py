"""Events a second that one process decodes, of JSON and of Avro, side by side: the same events in both.

`python -m lakestand.measure.decoding` needs no service.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from lakestand import view
from lakestand.errors import MeasurementFailed
from lakestand.measure.workload import avro_history, history
from lakestand.pipeline.decoding.decoder import Decoder
from lakestand.pipeline.decoding.prefix import SchemaStripper
from lakestand.pipeline.decoding.records import KafkaRecord, RecordColumns, group_by_partition

EVENTS, ROUNDS, BATCH = 100_000, 5, 10_000
TOPIC = "measure.demo.flights"


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Of one format: its records' mean size, and the median rate with its least and greatest, in events a second."""

    format: str
    bytes: int
    median: int
    least: int
    greatest: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when the formats differ."""
    asked = argparse.ArgumentParser(prog="python -m lakestand.measure.decoding", description=__doc__)
    asked.add_argument("--events", type=int, default=EVENTS, help="change events of each format")
    asked.add_argument("--json", action="store_true", help="print data as JSON, nothing else")
    given = asked.parse_args(arguments)
    try:
        rates = measure(given.events)
    except MeasurementFailed as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    rows = [vars(r) | {"of JSON": f"{r.median / rates[0].median:.0%}"} for r in rates]
    if given.json:
        view.as_json(rows)
    else:
        view.show(f"{given.events:,} events, {ROUNDS} rounds in turn", list(rows[0]), [list(r.values()) for r in rows])
    return 0


def measure(events: int) -> list[Rate]:
    """JSON's and Avro's; MeasurementFailed when they are not the same events."""
    known = avro_history.schemas(TOPIC)
    kinds: dict[str, tuple[list[RecordColumns], Callable[[int], str]]] = {
        "JSON": (_records(history.messages(TOPIC, events)), known.__getitem__),
        "Avro": (_records(avro_history.messages(TOPIC, events)), known.__getitem__),
    }
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    decoded: dict[str, pa.Table] = {}
    for _ in range(ROUNDS):  # in turn: what else the machine does meets both
        for name, (records, schema) in kinds.items():
            began = time.perf_counter()
            decoded[name] = _decoded(records, schema)
            seconds[name].append(time.perf_counter() - began)
    if not decoded["JSON"].equals(decoded["Avro"]) or decoded["JSON"].num_rows != events:
        raise MeasurementFailed("JSON and Avro of the same history are not decoded to the same events")
    return [_rate(name, kinds[name][0], events, taken) for name, taken in seconds.items()]


def _records(messages: Iterator[history.Message]) -> list[RecordColumns]:
    records = [KafkaRecord(TOPIC, 0, n, key, value, history.BEGAN_MS) for n, (key, value) in enumerate(messages)]
    return [
        run for begin in range(0, len(records), BATCH) for run in group_by_partition(records[begin : begin + BATCH])
    ]


def _decoded(records: list[RecordColumns], schema: Callable[[int], str]) -> pa.Table:
    stripper, decoder = SchemaStripper(), Decoder(schema)
    parts = []
    for run in records:
        events, bad = decoder.decode_columns(stripper.strip(run))
        if bad:
            raise MeasurementFailed(f"{bad[0]}")
        parts += [e.rows for e in events]
    return pa.concat_tables(parts)


def _rate(name: str, records: list[RecordColumns], events: int, seconds: list[float]) -> Rate:
    sizes = [len(value) for run in records for value in run.values if value is not None]
    return Rate(
        format=name,
        bytes=round(statistics.mean(sizes)),
        median=round(events / statistics.median(seconds)),
        least=round(events / max(seconds)),
        greatest=round(events / min(seconds)),
    )


if __name__ == "__main__":
    sys.exit(main())
