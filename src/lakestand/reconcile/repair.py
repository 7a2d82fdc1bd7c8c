"""Makes drifted mirrors right again, row by row, while connector and pipelines run.

Rows that the source has are read from it again by its connector, in order with its stream. Rows that it lacks are
deleted from the mirror at the position where it was found to have them: a comparison looks at the mirror before it
looks at the source, so that such a row was deleted before, and whatever may insert it anew comes after that position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pyarrow as pa

from lakestand.errors import ServiceError
from lakestand.lake.arrow import conform
from lakestand.lake.names import TableName
from lakestand.lake.table import Batch, Mark, Partition, Sink, Table
from lakestand.reconcile.comparison import Comparison, compare
from lakestand.reconcile.difference import DriftedKeys
from lakestand.reconcile.join import Key
from lakestand.sources.database import Database

ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Drifted:
    """A mirror that differs from its source table.

    Attributes:
        position: where the mirror stood in its topic when it was compared.
    """

    sink: Sink
    comparison: Comparison
    keys: DriftedKeys
    position: int

    @property
    def to_read(self) -> list[Key]:
        """The keys of the rows that must be read from the source again."""
        return [*self.keys.missing, *self.keys.changed, *self.keys.repeated]

    @property
    def to_delete(self) -> list[Key]:
        """The keys of the rows that must go away: those that the source lacks, and those that are there twice."""
        return [*self.keys.extra, *self.keys.repeated]


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What must be done about one source table.

    Attributes:
        table: schema.table of *database*.
        topic: of the table's changes.
        key: the names of the primary key's columns.
    """

    database: Database
    table: str
    topic: str
    key: Sequence[str]
    drifted: list[Drifted] = field(default_factory=list)

    @property
    def to_read(self) -> list[Key]:
        """The keys of the rows that must be read from the source again, each once."""
        return list(dict.fromkeys(key for drifted in self.drifted for key in drifted.to_read))

    def as_dict(self) -> dict[str, object]:
        """What is to be done, in numbers, for people and for JSON."""
        deletions = {drifted.sink.name: len(drifted.to_delete) for drifted in self.drifted if drifted.to_delete}
        return {"table": self.table, "read_again": len(self.to_read), "delete": deletions}


def plan(database: Database, table: str, topic: str, sinks: Sequence[Sink]) -> Repair:
    """Compare *table* with its mirror in each of *sinks*, and return what must be done where they differ."""
    repair = Repair(database=database, table=table, topic=topic, key=database.key(table))
    for sink in sinks:
        if (drifted := _examine(repair, sink)) is not None:
            repair.drifted.append(drifted)
    return repair


def delete_extra(repair: Repair) -> int:
    """Delete from each mirror the rows that the source lacks, note that in its changelog, and return their number.

    Raises:
        ServiceError: when other writers moved the mirror again and again.
    """
    return sum(_delete(repair, drifted) for drifted in repair.drifted if drifted.to_delete)


def _examine(repair: Repair, sink: Sink) -> Drifted | None:
    """Compare with the mirror in *sink* as it stands at one position; None when they are equal."""
    found: list[DriftedKeys] = []
    mirror = sink.existing(_name(repair.table))
    position = mirror.position(Partition(repair.topic, 0)) if mirror else 0
    comparison = compare(repair.database, repair.table, sink, on_keys=found.append)
    if comparison.difference.equal:
        return None
    return Drifted(sink=sink, comparison=comparison, keys=found[0], position=position)


def _delete(repair: Repair, drifted: Drifted) -> int:
    for _ in range(ATTEMPTS):
        mirror = drifted.sink.existing(_name(repair.table))
        if mirror is None or not drifted.to_delete:
            return 0
        deletion, mark = _deletion(repair, mirror, drifted), _mark(repair, mirror, drifted.position)
        if is_written(partial(mirror.merge, deletion), mirror, mark):
            _note(repair, drifted)
            return len(drifted.to_delete)
        drifted = _examine(repair, drifted.sink) or Drifted(**vars(drifted) | {"keys": NONE})
    raise ServiceError(f"{repair.table} in {drifted.sink.name} changes too fast to be repaired; try again")


NONE = DriftedKeys(missing=(), extra=(), repeated=(), changed=())


def _deletion(repair: Repair, mirror: Table, drifted: Drifted) -> Batch:
    schema = mirror.schema()
    keys = _key_table(schema, repair.key, drifted.to_delete)
    return Batch(truncate=False, keys=keys, upserts=schema.empty_table(), unknown={})


def _mark(repair: Repair, table: Table, position: int) -> Mark:
    return Mark(Partition(repair.topic, 0), position, position, table.topic_id(repair.topic))


def is_written(write: Callable[[Mark], None], table: Table, mark: Mark) -> bool:
    """Write with *mark*, which moves no position, and return whether it was done.

    A table that has moved on meanwhile takes the mark for that of a repeated write, and does nothing.
    """
    write(mark)
    return table.position(mark.partition) == mark.since


def _note(repair: Repair, drifted: Drifted) -> None:
    """Append the deletions to the changelog. They have no offset: that tells them from the source's own."""
    changelog = drifted.sink.existing(f"{_name(repair.table)}_changelog")
    if changelog is None:
        return
    schema = changelog.schema()
    keys = _key_table(pa.schema(schema.field("before").type), repair.key, drifted.to_delete)
    row = pa.StructArray.from_arrays([c.combine_chunks() for c in keys.columns], fields=list(keys.schema))
    fixed: Mapping[str, pa.Scalar] = {
        "_op": pa.scalar("d"),
        "_topic": pa.scalar(repair.topic),
        "_partition": pa.scalar(0, pa.int32()),
        "_commit_time": pa.scalar(datetime.now(UTC), pa.timestamp("us", "UTC")),
    }
    rows = pa.table({name: pa.repeat(value, keys.num_rows) for name, value in fixed.items()} | {"before": row})
    for _ in range(ATTEMPTS):
        mark = _mark(repair, changelog, changelog.position(Partition(repair.topic, 0)))
        if is_written(partial(changelog.append, conform(rows, schema)), changelog, mark):
            return
    raise ServiceError(f"{changelog.name} changes too fast to note {keys.num_rows} repaired rows; the mirror is right")


def _key_table(schema: pa.Schema, names: Sequence[str], keys: Sequence[Key]) -> pa.Table:
    columns: Iterator[tuple[object, ...]] = zip(*keys, strict=True)
    arrays = [pa.array(values, schema.field(name).type) for name, values in zip(names, columns, strict=True)]
    return pa.table(arrays, names=list(names))


def _name(table: str) -> str:
    return TableName.parse(table).table
