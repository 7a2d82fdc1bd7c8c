"""One target table of one topic: which of a topic's events it still needs, and how they are written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from lakestand.errors import IncompatibleSchema, Overtaken
from lakestand.lake.arrow import conform, merge_schemas
from lakestand.lake.table import Mark, Partition, Sink, Table
from lakestand.pipeline.changelog import changelog_schema, changes
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.event import Op
from lakestand.pipeline.fold import fold, select_unseen
from lakestand.pipeline.reports import Commit, Kind
from lakestand.pipeline.topics import TopicDescription, check_position

SUFFIX: dict[Kind, str] = {"changelog": "_changelog", "mirror": ""}


@dataclass
class Target:
    """A changelog or a mirror in one sink. The table is opened with the first event, which says its columns."""

    topic: str
    sink: Sink
    kind: Kind
    topic_id: str
    convert: frozenset[str] = frozenset()
    _table: Table | None = None
    _row: pa.StructType | None = None

    @property
    def name(self) -> str:
        """The table's name: the last part of the topic's."""
        return self.topic.rpartition(".")[2] + SUFFIX[self.kind]

    def apply(self, events: Events) -> Commit | None:
        """Write what is new of *events* in one commit; None when nothing is."""
        if self.kind == "mirror" and not events.key and not (self.exists() and has_only_truncates(events)):
            return None
        began, events = time.monotonic(), self._convert(events)
        table = self.open(events.row)
        rows = self._write_unseen(table, events)
        if not rows.num_rows:
            return None
        return Commit(
            table=self.name,
            sink=self.sink.name,
            kind=self.kind,
            events=rows.num_rows,
            rows=rows.select(["op", "commit_ms", "kafka_ms"]),
            seconds=time.monotonic() - began,
            visible_ms=time.time() * 1000,
        )

    def _convert(self, events: Events) -> Events:
        """*events* with the columns of *convert* as the table has them: what the operator decided."""
        if not self.convert or not self.exists() or self._table is None:
            return events
        now = self._table.schema()
        known = {f.name: f.type for f in (now if self.kind == "mirror" else now.field("after").type)}
        try:
            return cast_columns(events, {name: known[name] for name in self.convert if name in known})
        except pa.ArrowInvalid as err:
            raise IncompatibleSchema(f"{self.name}: a value cannot be converted: {err}; nothing was written") from err

    def exists(self) -> bool:
        """Whether the table is there: of one whose first event is a truncate, which has no key, a mirror tells."""
        self._table = self._table or self.sink.existing(self.name)
        return self._table is not None

    def next_offset(self, topic: TopicDescription, partition: Partition, end: int) -> int:
        """The next offset that the table needs of *partition*; PositionError when it cannot be one of *topic*."""
        table = self._table = self._table or self.sink.existing(self.name)
        if table is None:
            return 0
        position = table.position(partition)
        check_position(topic, partition, position, stored_id=table.topic_id(self.topic), end=end, table=table.name)
        return position

    @retry(retry=retry_if_exception_type(Overtaken), stop=stop_after_attempt(10), reraise=True)
    def _write_unseen(self, table: Table, events: Events) -> pa.Table:
        """Write what the table does not hold yet, and return it."""
        since = table.position(events.partition)
        rows = select_unseen(events, since)
        if rows.num_rows:
            self._write(table, events, rows, since)
        return rows

    def _write(self, table: Table, events: Events, rows: pa.Table, since: int) -> None:
        mark = Mark(events.partition, since, rows["offset"][-1].as_py() + 1, self.topic_id)
        if self.kind == "changelog":
            table.append(conform(changes(events, rows), table.schema()), mark)
        else:
            table.merge(fold(events, rows), mark)

    def open(self, row: pa.StructType) -> Table:
        """The table, made or evolved where it must be to take rows like *row*."""
        if self._table is not None and self._row == row:
            return self._table
        columns = pa.schema(list(row))
        wanted = self.sink.fit(columns if self.kind == "mirror" else changelog_schema(row))
        table = self._table or self.sink.table(self.name, wanted)
        now = table.schema()
        fit = merge_schemas(now, wanted, table.name)
        if fit != now:
            table.evolve(fit)
        self._table, self._row = table, row
        return table


def has_only_truncates(events: Events) -> bool:
    """Whether every event empties the table."""
    return bool(pc.all(pc.equal(events.rows["op"], str(Op.TRUNCATE))).as_py())


def cast_columns(events: Events, columns: Mapping[str, pa.DataType]) -> Events:
    """*events* with *columns* cast to those types, where that keeps every value; ArrowInvalid where it does not."""
    row = pa.struct([(f.name, columns.get(f.name, f.type)) for f in events.row])
    if row == events.row:
        return events
    schema = pa.schema([f.with_type(row) if f.name in {"before", "after"} else f for f in events.rows.schema])
    return replace(events, row=row, rows=conform(events.rows, schema))
