"""One target table of one topic: which of the topic's events it still needs, and how they are written.

A target has no state that matters: its table holds the position, so any number of targets may be opened on one table,
one after the other or at once, and each event is written once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import InitVar, dataclass, field

import pyarrow as pa
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from lakestand.errors import IncompatibleSchema, NameCollision, Overtaken
from lakestand.lake.arrow import conform
from lakestand.lake.names import TableName
from lakestand.lake.table import Mark, Partition, Sink, Table
from lakestand.pipeline.changelog import changelog_rows, changelog_schema
from lakestand.pipeline.columns import cast_columns, named_columns, unknown_columns
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.decoding.source_table import named_by
from lakestand.pipeline.evolution import evolve
from lakestand.pipeline.fold import fold, has_only_truncates, select_unseen
from lakestand.pipeline.naming import Claim, Naming
from lakestand.pipeline.reports import Commit, Kind
from lakestand.pipeline.topics import TopicDescription, check_position

OnUnknown = Callable[[TableName, Sequence[str]], object]


def ignore_unknown(_source: TableName, _columns: Sequence[str]) -> None:
    """Do nothing: the default of a target's *on_unknown*."""


@dataclass
class Target:
    """A changelog or a mirror of one topic's table in one sink.

    Its table is created or opened with the first event, which has the columns.

    Attributes:
        topic: the topic's name.
        sink: the table's, in its namespace.
        topic_id: the topic's id, which each commit records: a topic that was deleted and created again has another.
        convert: columns as table.column whose values are cast to the table's type where the source's is another.
        replace: columns as table.column whose old values are set aside where the source's type is another.
        naming: of all targets of the run.
        first: the source table, where it is known before the first event.
        on_unknown: is called with the new columns of the mirror whose values in the source's old rows no event tells.
    """

    topic: str
    sink: Sink
    kind: Kind
    topic_id: str
    convert: Sequence[str] = ()
    replace: Sequence[str] = ()
    naming: Naming = field(default_factory=Naming)
    first: InitVar[TableName | None] = None
    on_unknown: OnUnknown = ignore_unknown
    source: TableName = field(init=False)
    name: str = field(init=False)
    _given_sink: Sink = field(init=False)
    _is_named: bool = False
    _is_owner: bool = False
    _table: Table | None = None
    _row: pa.StructType | None = None

    def __post_init__(self, first: TableName | None) -> None:
        self._given_sink = self.sink
        self._place(named_by(self.topic))
        if first:
            self.take_name(first)

    @property
    def label(self) -> str:
        """What reports call the table."""
        return self.naming.label(self.source, self.kind)

    def take_name(self, source: TableName) -> None:
        """Be a target of the table *source*, as the topic's events say; until then it is what the topic's name means.

        NameCollision when the topic holds another table's events too, or when the target table is another topic's.
        """
        if self._is_named and source == self.source:
            return
        if self._is_named:
            raise NameCollision(
                f"topic {self.topic} holds changes of {self.source} and of {source}: Debezium writes both names alike. "
                "Give one of them a connector of its own: invoke connectors.register --name NAME"
            )
        self.naming.claim(self._given_sink, Claim(source, self.topic, self.kind))
        if source != self.source:
            self._place(source)
        self._is_named = True

    def _place(self, source: TableName) -> None:
        self.source, self._table, self._row = source, None, None
        self.sink, self.name = self.naming.place(self._given_sink, source, self.kind)

    def apply(self, events: Events) -> Commit | None:
        """Write those of *events* that the table lacks in one commit; None when it lacks none of them.

        Also None where there can be no mirror: without a key, only a truncate can be applied, to a table that exists.
        IncompatibleSchema when the table cannot take the events' columns; then nothing was written.
        """
        self.take_name(events.table)
        if self.kind == "mirror" and not events.key and not (self.exists() and has_only_truncates(events)):
            return None
        if events.refusal:
            raise IncompatibleSchema(f"{self.name}: {events.refusal}")
        began, events = time.monotonic(), self._convert(events)
        table = self.open(events.row, events.filled)
        rows = self._write_unseen(table, events)
        if not rows.num_rows:
            return None
        return Commit(
            table=self.label,
            sink=self.sink.name,
            kind=self.kind,
            events=rows.num_rows,
            rows=rows.select(["op", "commit_ms", "kafka_ms"]),
            seconds=time.monotonic() - began,
            visible_ms=time.time() * 1000,
        )

    def exists(self) -> bool:
        """Whether the table exists, whoever created it."""
        self._table = self._table or self.sink.existing(self.name)
        return self._table is not None

    def next_offset(self, topic: TopicDescription, partition: Partition, end: int) -> int:
        """The first offset of *partition* that the table lacks; 0 when there is no table.

        PositionError when the table's position cannot be one of *topic*, whose partition ends at *end*.
        """
        table = self._table = self._table or self.sink.existing(self.name)
        if table is None:
            return 0
        self._check_owner(table)
        position = table.position(partition)
        check_position(topic, partition, position, stored_id=table.topic_id(self.topic), end=end, table=table.name)
        return position

    def _check_owner(self, table: Table) -> None:
        if not self._is_owner and (others := table.topics() - {self.topic}):
            raise NameCollision(
                f"{table.name} holds changes of topic {', '.join(sorted(others))}, so those of {self.topic} cannot go "
                "there: run it with another --namespace, or drop the table to fill it anew"
            )
        self._is_owner = True

    def open(self, row: pa.StructType, filled: Collection[str] = ()) -> Table:
        """The table, created or evolved so that it can take rows like *row*; IncompatibleSchema when it cannot.

        *filled*: see `Events.filled`.
        """
        if self._table is not None and self._row == row:
            return self._table
        wanted = self.sink.fit(pa.schema(list(row)) if self.kind == "mirror" else changelog_schema(row))
        table = self._table or self.sink.table(self.name, wanted)
        present = table.schema().names
        evolve(table, wanted, self.kind, named_columns(self.replace, self.source))
        if self.kind == "mirror" and (unknown := unknown_columns(present, wanted.names, filled)):
            self.on_unknown(self.source, unknown)
        self._table, self._row = table, row
        return table

    @retry(retry=retry_if_exception_type(Overtaken), stop=stop_after_attempt(10), reraise=True)
    def _write_unseen(self, table: Table, events: Events) -> pa.Table:
        """Write the events that the table lacks, and return them."""
        since = table.position(events.partition)
        rows = select_unseen(events, since)
        if rows.num_rows:
            self._write(table, events, rows, since)
        return rows

    def _write(self, table: Table, events: Events, rows: pa.Table, since: int) -> None:
        mark = Mark(events.partition, since, rows["offset"][-1].as_py() + 1, self.topic_id)
        if self.kind == "changelog":
            table.append(conform(changelog_rows(events, rows), table.schema()), mark)
        else:
            table.merge(fold(events, rows), mark)

    def _convert(self, events: Events) -> Events:
        """*events* with the columns of *convert* as the table has them: what the operator decided."""
        names = named_columns(self.convert, self.source)
        if not names or not self.exists() or self._table is None:
            return events
        schema = self._table.schema()
        types = {f.name: f.type for f in (schema if self.kind == "mirror" else schema.field("after").type)}
        try:
            return cast_columns(events, {name: types[name] for name in names if name in types})
        except pa.ArrowInvalid as err:
            raise IncompatibleSchema(f"{self.name}: a value cannot be converted: {err}; nothing was written") from err
