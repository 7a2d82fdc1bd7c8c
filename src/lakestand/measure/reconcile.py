"""How fast `invoke reconcile` compares tables of many rows, and in how much memory.

`python -m lakestand.measure.reconcile ROWS DATABASE SINK` makes the tables, and removes them.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa

from lakestand.errors import MeasurementFailed
from lakestand.lake import bootstrap, store
from lakestand.lake.iceberg import tables
from lakestand.lake.sinks import SINKS
from lakestand.lake.table import Mark, Partition
from lakestand.settings import Settings
from lakestand.sources.databases import open_database

SLICE = 500_000
DDL = "id BIGINT PRIMARY KEY, customer INT, note VARCHAR(40), amount DECIMAL(12, 2), day DATE"
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("customer", pa.int32()),
        ("note", pa.string()),
        ("amount", pa.decimal128(12, 2)),
        ("day", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Pair:
    """A source table and its mirror in *sink* and *namespace*; both hold the same *rows* rows."""

    database: str
    table: str
    sink: str
    namespace: str
    rows: int


def slices(rows: int) -> Iterator[pa.Table]:
    """Yield *rows* rows in tables of at most SLICE; each row depends on its number alone."""
    for start in range(0, rows, SLICE):
        ids = np.arange(start, min(start + SLICE, rows))
        notes = pa.compute.binary_join_element_wise("order of customer", pa.array(ids % 9973).cast(pa.string()), " ")
        cents = pa.array(ids % 1_000_003).cast(pa.decimal128(38, 0)).cast(pa.decimal128(38, 2))
        columns = [ids, ids % 9973, notes, cents, pa.array(ids % 20_000).cast(pa.int32())]
        yield pa.table(columns, names=SCHEMA.names).cast(SCHEMA)


@contextmanager
def filled(settings: Settings, rows: int, database: str, kind: str) -> Iterator[Pair]:
    """Give a new pair of tables, which are removed afterwards."""
    bootstrap.create_buckets(settings)
    source, name = open_database(settings, database), f"measure_{uuid.uuid4().hex[:8]}"
    pair = Pair(database, f"{source.schema}.{name}", kind, name, rows)
    mirror = SINKS[kind](settings, name).table(name, SCHEMA)
    source.execute(f"CREATE TABLE {pair.table} ({DDL})")
    try:
        for number, part in enumerate(slices(rows)):
            source.load(pair.table, part)
            mirror.append(part, Mark(Partition(name, 0), number, number + 1, name))
        yield pair
    finally:
        source.execute(f"DROP TABLE {pair.table}")
        _drop(settings, kind, name)


def measure(pair: Pair) -> dict[str, object]:
    """Compare *pair* by the command, in a process of its own; return its rows a second and its peak memory in MB."""
    where = [f"--table={pair.table}", f"--source={pair.database}"]
    argv = [sys.executable, "-m", "invoke", "reconcile", *where, f"--sink={pair.sink}"]
    completed = subprocess.run(
        [*argv, f"--namespace={pair.namespace}", "--json"], check=False, capture_output=True, text=True
    )
    if completed.returncode:
        raise MeasurementFailed(f"invoke reconcile of {pair.table}: {completed.stderr.strip()}")
    (table,) = orjson.loads(completed.stdout)["tables"]
    return {
        "road": f"{pair.database} → {pair.sink}",
        "rows": pair.rows,
        "seconds": round(table["seconds"], 1),
        "rows_per_second": table["rows_per_second"],
        "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def _drop(settings: Settings, kind: str, name: str) -> None:
    if kind == "delta":
        store.s3(settings).delete_dir(f"{settings.delta_bucket}/{name}")
        return
    tables.drop_namespace(store.iceberg(settings), name)


def main(rows: str, database: str, kind: str) -> None:
    """Print the measurement as JSON."""
    with filled(Settings.load(), int(rows), database, kind) as pair:
        print(orjson.dumps(measure(pair)).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
