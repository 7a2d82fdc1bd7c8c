"""One target table of one topic: which of a topic's events it still needs, and how they are written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from lakestand.errors import Overtaken
from lakestand.pipeline.batch import fold, unseen
from lakestand.pipeline.decode import Events, whole
from lakestand.pipeline.event import Op, Source
from lakestand.pipeline.schema import conform, merged
from lakestand.pipeline.sinks import Mark, Sink, Table
from lakestand.pipeline.topics import Topic, check

Kind = Literal["changelog", "mirror"]
SUFFIX: dict[Kind, str] = {"changelog": "_changelog", "mirror": ""}


@dataclass(frozen=True, kw_only=True)
class Committed:
    """One commit that readers can see since *visible_ms*; *rows* are its events, with the times of their way."""

    table: str
    sink: str
    kind: Kind
    rows: pa.Table
    seconds: float
    visible_ms: float

    @property
    def events(self) -> int:
        """How many."""
        return int(self.rows.num_rows)

    def lag_ms(self) -> pa.Array:
        """Of every event, from its commit in the source until it could be seen here."""
        return pc.subtract(self.visible_ms, whole(self.rows["commit_ms"]))

    def kafka_lag_ms(self) -> pa.Array:
        """Of every event, from its commit in the source until Connect wrote it to Kafka."""
        return pc.subtract(whole(self.rows["kafka_ms"]), whole(self.rows["commit_ms"]))


@dataclass
class Target:
    """A changelog or a mirror in one sink. The table is opened with the first event, which says its columns."""

    topic: str
    sink: Sink
    kind: Kind
    topic_id: str
    _table: Table | None = None
    _row: pa.StructType | None = None

    @property
    def name(self) -> str:
        """The table's name: the last part of the topic's."""
        return self.topic.rpartition(".")[2] + SUFFIX[self.kind]

    def apply(self, events: Events) -> Committed | None:
        """Write what is new of *events* in one commit; None when nothing is."""
        if self.kind == "mirror" and not events.key and not self._emptied_by(events):
            return None
        began = time.monotonic()
        table = self._fitting(events)
        rows = self._written(table, events)
        if not rows.num_rows:
            return None
        return Committed(
            table=self.name,
            sink=self.sink.name,
            kind=self.kind,
            rows=rows.select(["op", "commit_ms", "kafka_ms"]),
            seconds=time.monotonic() - began,
            visible_ms=time.time() * 1000,
        )

    def _emptied_by(self, events: Events) -> bool:
        """A truncate has no key, so where it comes first nobody said yet that the table has one: its mirror does."""
        self._table = self._table or self.sink.existing(self.name)
        return self._table is not None and truncates_only(events)

    def held(self, topic: Topic, source: Source, end: int) -> int:
        """The next offset that the table needs of *source*; PositionError when it cannot be one of *topic*."""
        table = self._table = self._table or self.sink.existing(self.name)
        if table is None:
            return 0
        position = table.position(source)
        check(topic, source, position, stored_id=table.topic_id(self.topic), end=end, table=table.name)
        return position

    @retry(retry=retry_if_exception_type(Overtaken), stop=stop_after_attempt(10), reraise=True)
    def _written(self, table: Table, events: Events) -> pa.Table:
        """Write what the table does not hold yet, and return it."""
        since = table.position(events.source)
        rows = unseen(events, since)
        if rows.num_rows:
            self._write(table, events, rows, since)
        return rows

    def _write(self, table: Table, events: Events, rows: pa.Table, since: int) -> None:
        mark = Mark(events.source, since, rows["offset"][-1].as_py() + 1, self.topic_id)
        if self.kind == "changelog":
            table.append(conform(_changes(events, rows), table.schema()), mark)
        else:
            table.merge(fold(events, rows), mark)

    def _fitting(self, events: Events) -> Table:
        if self._table is not None and self._row == events.row:
            return self._table
        row = pa.schema(list(events.row))
        wanted = self.sink.fit(row if self.kind == "mirror" else changelog_schema(events.row))
        table = self._table or self.sink.table(self.name, wanted)
        now = table.schema()
        fit = merged(now, wanted, table.name)
        if fit != now:
            table.evolve(fit)
        self._table, self._row = table, events.row
        return table


def truncates_only(events: Events) -> bool:
    """Whether every event empties the table."""
    return bool(pc.all(pc.equal(events.rows["op"], str(Op.TRUNCATE))).as_py())


def changelog_schema(row: pa.StructType) -> pa.Schema:
    """The columns of a changelog: what happened, where it stands in Kafka, when, and the row before and after."""
    return pa.schema(
        [
            ("_op", pa.string()),
            ("_topic", pa.string()),
            ("_partition", pa.int32()),
            ("_offset", pa.int64()),
            ("_commit_time", pa.timestamp("us", "UTC")),
            ("before", row),
            ("after", row),
        ]
    )


def _changes(events: Events, rows: pa.Table) -> pa.Table:
    count = rows.num_rows
    commit = whole(rows["commit_ms"]).cast(pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC"))
    columns = [
        rows["op"],
        pa.repeat(pa.scalar(events.source.topic), count),
        pa.repeat(pa.scalar(events.source.partition, pa.int32()), count),
        rows["offset"],
        commit,
        rows["before"],
        rows["after"],
    ]
    return pa.table(columns, schema=changelog_schema(events.row))
