"""The life of an Iceberg mirror: random batches, and the rows that it must have after each."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pyarrow as pa
from pyiceberg.table import Table

from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.iceberg.table import IcebergTable
from lakestand.lake.table import Partition
from tests.unit.lake.orders import PARTITION, SCHEMA, batch, mark

KEYS = 400


@dataclass
class Life:
    """A mirror that one process writes for long, and the rows that it must have."""

    sink: Iceberg
    name: str = "orders"
    seed: int = 7
    wanted: dict[int, str] = field(default_factory=dict)
    keys: range = range(KEYS)
    partition: Partition = PARTITION

    def __post_init__(self) -> None:
        self.mirror: IcebergTable = self.sink.table(self.name, SCHEMA)
        self.position = self.mirror.position(self.partition)
        self.random = random.Random(self.seed)  # noqa: S311

    def commit(self, size: int, *, truncate: bool = False) -> None:
        """Merge a batch of *size* random keys, of which a third are deletes."""
        keys = self.random.sample(self.keys, size)
        gone = keys[: size // 3]
        upserts = [(key, f"{key} at {self.position}") for key in keys[size // 3 :]]
        end = self.position + 1
        changes = batch(upserts, [(key,) for key in gone], truncate=truncate)
        self.mirror.merge(changes, mark(self.position, end, self.partition))
        self.position = end
        kept = {} if truncate else {key: note for key, note in self.wanted.items() if key not in gone}
        self.wanted = kept | dict(upserts)

    def elsewhere(self) -> Table:
        """Load the table as another program does."""
        return self.sink.catalog.load_table((self.sink.namespace, self.name))

    def check(self) -> None:
        """Assert that PyIceberg's own reader and ours see the wanted rows."""
        for rows in (self.elsewhere().scan().to_arrow(), self.mirror.read(), pa.concat_tables(self.mirror.batches())):
            assert sorted((r["id"], r["note"]) for r in rows.to_pylist()) == sorted(self.wanted.items())

    def head(self) -> int:
        """Return the id of the current snapshot."""
        snapshot = self.elsewhere().current_snapshot()
        assert snapshot is not None
        return snapshot.snapshot_id

    def totals(self) -> tuple[int, int]:
        """Return how many data files and how many delete files the table has."""
        snapshot = self.elsewhere().current_snapshot()
        assert snapshot is not None
        assert snapshot.summary is not None
        return int(snapshot.summary["total-data-files"] or 0), int(snapshot.summary["total-delete-files"] or 0)
