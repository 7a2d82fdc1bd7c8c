"""Compares a table of a source database with its mirror in a sink, each as of one instant."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pyarrow as pa

from lakestand.errors import BadArgument, Drift
from lakestand.lake.names import TableName
from lakestand.lake.table import Sink
from lakestand.reconcile.difference import Difference, OnKeys, ignore_rows, reconcile
from lakestand.reconcile.join import OnRows
from lakestand.sources.database import Database
from lakestand.sources.spelling import JSON


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The result of a comparison.

    Attributes:
        source_at: the instant of the source: an LSN or a set of GTIDs.
        mirror_at: the snapshot or version of the mirror; "no table" when there is none, and all rows are missing.
        unmirrored: columns of the source that the mirror lacks.
        dropped: columns of the mirror that the source lacks now; not compared, for the mirror keeps them by design.
        seconds: how long the comparison took.
        difference: what differs in the columns that both have.
    """

    table: str
    sink: str
    source_at: str
    mirror_at: str
    unmirrored: list[str]
    dropped: list[str]
    seconds: float
    difference: Difference

    @property
    def equal(self) -> bool:
        """Whether both have the same rows, in all columns of the source."""
        return self.difference.equal and not self.unmirrored

    @property
    def rows_per_second(self) -> int:
        """How many rows of both tables together were compared per second."""
        return round((self.difference.source_rows + self.difference.mirror_rows) / self.seconds)

    def as_dict(self) -> dict[str, object]:
        """Everything as one flat dictionary, for JSON."""
        own = {k: v for k, v in asdict(self).items() if k != "difference"}
        return own | asdict(self.difference) | {"equal": self.equal, "rows_per_second": self.rows_per_second}


def compare(
    source: Database,
    table: str,
    sink: Sink,
    name: str = "",
    *,
    on_total: OnRows = ignore_rows,
    on_rows: OnRows = ignore_rows,
    on_keys: OnKeys | None = None,
) -> Comparison:
    """Compare *table* (schema.table) of *source* with the mirror *name* in *sink* (default: the table's own name).

    The source is read at one instant, the mirror at one snapshot, which is looked up first: what is committed in
    between is a difference. *on_total* is called with an estimate of the rows to be read, *on_rows* with the number of
    rows of each chunk that was, *on_keys* with all keys whose rows differ. Drift when the table has no primary key, or
    holds a value that its mirror cannot.
    """
    began = time.monotonic()
    key, types = source.key(table), source.types(table)
    if not key:
        raise BadArgument(f"{table} has no primary key: it has a changelog and no mirror")
    mirror = sink.existing(name or TableName.parse(table).table)
    mirror_schema = mirror.schema() if mirror else pa.schema([(column, pa.string()) for column in key])
    schema = pa.schema([field for field in mirror_schema if field.name in types])
    mirror_at = mirror.version() if mirror else "no table"
    batches = mirror.batches() if mirror else iter(())
    with source.view(table, schema) as view:
        on_total(2 * view.rows)
        difference = reconcile(
            _chunks(view.chunks, table),
            batches,
            schema,
            key,
            json=[name for name in schema.names if types[name] in JSON],
            on_rows=on_rows,
            on_keys=on_keys,
        )
    return Comparison(
        table=table,
        sink=sink.name,
        source_at=view.at,
        mirror_at=mirror_at,
        unmirrored=[name for name in types if mirror and name not in mirror_schema.names],
        dropped=[name for name in mirror_schema.names if name not in types],
        seconds=time.monotonic() - began,
        difference=difference,
    )


def _chunks(chunks: Iterable[pa.Table], table: str) -> Iterable[pa.Table]:
    try:
        yield from chunks
    except pa.ArrowInvalid as err:
        raise Drift(f"{table} holds what no column of its mirror can: {err}; did a column change its type?") from err
