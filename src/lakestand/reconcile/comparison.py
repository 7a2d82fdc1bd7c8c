"""A table of a source database and its mirror in a sink, compared; which instant of each."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pyarrow as pa

from lakestand.errors import BadArgument, Drift
from lakestand.lake.table import Sink
from lakestand.reconcile.difference import Difference, ignore_rows, reconcile
from lakestand.reconcile.join import OnRows
from lakestand.sources.database import Database
from lakestand.sources.spelling import JSON


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What was found.

    Attributes:
        source_at: the instant of the source: an LSN or a set of GTIDs.
        mirror_at: the snapshot or version of the mirror; "no table" when there is none, and all rows are missing.
        unmirrored: columns that the mirror lacks.
        dropped: columns that the source lacks now; they are not compared, the mirror keeps them by design.
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
        """Same rows, in all columns of the source."""
        return self.difference.equal and not self.unmirrored

    @property
    def rows_per_second(self) -> int:
        """Of both tables together."""
        return round((self.difference.source_rows + self.difference.mirror_rows) / self.seconds)

    def as_dict(self) -> dict[str, object]:
        """For JSON: flat."""
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
) -> Comparison:
    """Compare *table* with the mirror *name* (default: the table's own name).

    The source is seen at one instant, the mirror at one snapshot, which is looked up first: what is committed
    in between is a difference. *on_total* is told about how many rows there are to read, *on_rows* how many were read.
    """
    began = time.monotonic()
    key, types = source.key(table), source.types(table)
    if not key:
        raise BadArgument(f"{table} has no primary key: it has a changelog and no mirror")
    mirror = sink.existing(name or table.rpartition(".")[2])
    held = mirror.schema() if mirror else pa.schema([(column, pa.string()) for column in key])
    schema = pa.schema([field for field in held if field.name in types])
    at, batches = (mirror.version(), mirror.batches()) if mirror else ("no table", iter(()))
    with source.view(table, schema) as view:
        on_total(2 * view.rows)
        difference = reconcile(
            _fitting(view.chunks, table),
            batches,
            schema,
            key,
            json=[name for name in schema.names if types[name] in JSON],
            on_rows=on_rows,
        )
    return Comparison(
        table=table,
        sink=sink.name,
        source_at=view.at,
        mirror_at=at,
        unmirrored=[name for name in types if mirror and name not in held.names],
        dropped=[name for name in held.names if name not in types],
        seconds=time.monotonic() - began,
        difference=difference,
    )


def _fitting(chunks: Iterable[pa.Table], table: str) -> Iterable[pa.Table]:
    try:
        yield from chunks
    except pa.ArrowInvalid as err:
        raise Drift(f"{table} holds what no column of its mirror can: {err}; did a column change its type?") from err
