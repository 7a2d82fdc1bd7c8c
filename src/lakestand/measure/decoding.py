"""How many events a second one process decodes, from JSON and from Avro; the events of both are the same.

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
    """How fast records of one format are decoded.

    Attributes:
        format: JSON or Avro.
        bytes: mean size of a record.
        median, least, greatest: rates of the rounds, in events a second.
    """

    format: str
    bytes: int
    median: int
    least: int
    greatest: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 when the two formats are not decoded to the same events."""
    parser = argparse.ArgumentParser(prog="python -m lakestand.measure.decoding", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="change events of each format")
    parser.add_argument("--json", action="store_true", help="print the result as JSON and nothing else")
    options = parser.parse_args(arguments)
    try:
        rates = measure(options.events)
    except MeasurementFailed as err:
        print(f"error: {err}", file=sys.stderr)
        return 1
    rows = [vars(rate) | {"of JSON": f"{rate.median / rates[0].median:.0%}"} for rate in rates]
    if options.json:
        view.print_json(rows)
    else:
        view.show(
            f"{options.events:,} events, {ROUNDS} rounds in turn", list(rows[0]), [list(r.values()) for r in rows]
        )
    return 0


def measure(events: int) -> list[Rate]:
    """Return the rates of JSON and of Avro; MeasurementFailed when they are not decoded to the same events."""
    schemas = avro_history.schemas(TOPIC)
    kinds: dict[str, tuple[list[RecordColumns], Callable[[int], str]]] = {
        "JSON": (_records(history.messages(TOPIC, events)), schemas.__getitem__),
        "Avro": (_records(avro_history.messages(TOPIC, events)), schemas.__getitem__),
    }
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    decoded: dict[str, pa.Table] = {}
    for _ in range(ROUNDS):  # in turn: what else the machine does meets both
        for name, (records, schema) in kinds.items():
            began = time.perf_counter()
            decoded[name] = _decode(records, schema)
            seconds[name].append(time.perf_counter() - began)
    if not decoded["JSON"].equals(decoded["Avro"]) or decoded["JSON"].num_rows != events:
        raise MeasurementFailed("JSON and Avro of the same history are not decoded to the same events")
    return [_rate(name, kinds[name][0], events, durations) for name, durations in seconds.items()]


def _records(messages: Iterator[history.Message]) -> list[RecordColumns]:
    records = [KafkaRecord(TOPIC, 0, n, key, value, history.BEGAN_MS) for n, (key, value) in enumerate(messages)]
    return [
        run for begin in range(0, len(records), BATCH) for run in group_by_partition(records[begin : begin + BATCH])
    ]


def _decode(records: list[RecordColumns], schema: Callable[[int], str]) -> pa.Table:
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
