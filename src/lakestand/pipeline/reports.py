"""What either engine reports of its tables: each commit, and how far a table is behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from lakestand.lake.arrow import single_array

Kind = Literal["changelog", "mirror"]
ROWS = pa.schema([("op", pa.string()), ("commit_ms", pa.int64()), ("kafka_ms", pa.int64())])


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit to one table.

    Attributes:
        events: how many events it holds.
        seconds: how long folding and writing took.
        visible_ms: since when readers can see it, in milliseconds since the epoch.
        rows: a row per event with op, commit_ms and kafka_ms (see `Events.rows`); empty on Spark, whose driver
            never sees the events.
    """

    table: str
    sink: str
    kind: Kind
    events: int
    seconds: float
    visible_ms: float
    rows: pa.Table = field(default_factory=ROWS.empty_table)

    def lag_ms(self) -> pa.Array:
        """Milliseconds from each event's commit in the source until readers could see it in the table."""
        return pc.subtract(self.visible_ms, single_array(self.rows["commit_ms"]))

    def kafka_lag_ms(self) -> pa.Array:
        """Milliseconds from each event's commit in the source until Kafka Connect wrote it to Kafka."""
        return pc.subtract(single_array(self.rows["kafka_ms"]), single_array(self.rows["commit_ms"]))


OnCommit = Callable[[Commit], None]


def ignore_commit(_commit: Commit) -> None:
    """Do nothing: the default of a pipeline's *on_commit*."""


@dataclass(frozen=True, kw_only=True)
class TableLag:
    """How far a table is behind what was read.

    Attributes:
        seconds: since the oldest event that the table lacks came to Kafka (on Spark: was read); 0 when it lacks none.
        is_halted: whether the table stands still because it cannot follow its source's schema.
    """

    topic: str
    sink: str
    table: str
    seconds: float
    is_halted: bool = False
